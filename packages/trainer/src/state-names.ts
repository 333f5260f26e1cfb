// In a file of their own: the thread of the session needs them, and nothing else of the graphs.

/** Names of the optimizer's state of a parameter, as inputs; outputs have `next.` before the input's name. */
export const moment1Name = (parameter: string): string => `moment1.${parameter}`;
export const moment2Name = (parameter: string): string => `moment2.${parameter}`;
export const nextName = (input: string): string => `next.${input}`;

/** Output of a gradient, of a model whose optimizer is on the host. */
export const gradientName = (parameter: string): string => `gradient.${parameter}`;
