import { textAttribute } from '../attribute.js';
import { missingRule } from './missing-rule.js';
import { type GradientRule, inputOf } from './rule.js';

/** Y = X with constants around: dX = dY without them; what negative pads cut off gets 0. */
export const padGradient: GradientRule = (g, node, dY) => {
  const mode = textAttribute(node.attributes, 'mode', 'constant');
  if (mode !== 'constant') throw missingRule(node, `Its mode is "${mode}"; there is a rule for constant.`);
  const inputs = [dY, g.op.neg(inputOf(node, 1))];
  const axes = node.inputs[3] ?? null;
  const attributes = { mode: { kind: 'string', value: 'constant' } } as const;
  const { type, shape } = inputOf(node, 0);
  // The padding is undone by as much negative padding, whether or not its sizes are known now.
  return [
    g.node('Pad', axes === null ? inputs : [...inputs, null, axes], { attributes, outputs: [{ type, shape }] })[0]!,
  ];
};
