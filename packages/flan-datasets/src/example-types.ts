import type { INDEX_COLUMNS } from './task-spec.js';

/** One example for prompts of any wording: named texts, the options where the task has some, and the answer. */
export interface Example {
  readonly inputs: { readonly [field: string]: string };
  /** Left out for a task without options. */
  readonly options?: readonly string[];
  readonly label: string | number;
}

declare const PICKS: unique symbol;

/** Marks, in types only, a label rule that answers with one of the options. */
export interface PicksOption {
  readonly [PICKS]?: true;
}

/** The examples of a task whose normalised rows are `Given`, as its prompt (that of the default mode) shows them. */
export type ExampleOf<Given, Prompt> = Prompt extends { readonly options: null }
  ? { readonly inputs: InputsOf<Given, Prompt>; readonly label: string | number }
  : {
      readonly inputs: InputsOf<Given, Prompt>;
      readonly options: readonly OptionOf<Prompt>[];
      readonly label: Prompt extends { readonly label: PicksOption } ? OptionOf<Prompt> : string | number;
    };

/** The prompt of the default mode: `clean` over `prompt`, where there is one. */
export type CleanPrompt<Entry> = Entry extends { readonly prompt: infer Prompt; readonly clean: infer Clean }
  ? Omit<Prompt, keyof Clean> & Clean
  : Entry extends { readonly prompt: infer Prompt }
    ? Prompt
    : never;

type OptionOf<Prompt> = Prompt extends {
  readonly options: { readonly of: (...given: never) => readonly (infer Option)[] };
}
  ? Option
  : string;

type InputsOf<Given, Prompt> = { readonly [Name in InputName<Given, Prompt>]: string };

type InputName<Given, Prompt> = Prompt extends { readonly only: readonly (infer Name extends string)[] }
  ? Exclude<Name, OptionsField<Prompt>>
  : Exclude<
      keyof Given & string,
      (typeof INDEX_COLUMNS)[number] | 'label' | 'options' | Hidden<Prompt> | Target<Prompt> | OptionsField<Prompt>
    >;

type Hidden<Prompt> = Prompt extends { readonly hide: readonly (infer Name)[] } ? Name : never;
type Target<Prompt> = Prompt extends { readonly target: { readonly fallback: infer Name } } ? Name : never;
type OptionsField<Prompt> = Prompt extends { readonly options: { readonly field?: infer Field } } ? Field : never;
