import { graphAttribute } from '../attribute.js';
import { cloneInto } from '../clone.js';
import type { GraphBuilder } from '../graph-builder.js';
import { drawsRandomNumbers } from '../simplify.js';
import { missingRule } from './missing-rule.js';
import type { GradientRule, Seed } from './rule.js';

/**
 * Y = one of two bodies: an If on the same condition whose branches compute that body again and then its gradients with
 * respect to what it reads from around. The other branch's own values get zeros.
 */
export const ifGradient: GradientRule = (g, node, _, dOutputs, { captured, differentiate }) => {
  if (drawsRandomNumbers(node)) {
    throw missingRule(node, 'A branch draws random numbers; computed again for the gradient it would draw others.');
  }
  const backward = (name: string) => {
    const branch = graphAttribute(node.attributes, name)!;
    return (b: GraphBuilder) => {
      const copies = cloneInto(b, branch);
      const seeds = branch.outputs.flatMap(({ value }, i): Seed[] => {
        const gradient = dOutputs[i] ?? null;
        return gradient === null ? [] : [{ value: copies.get(value) ?? value, gradient }];
      });
      return differentiate(b, seeds, captured);
    };
  };
  const gradients = g.op.if(node.inputs[0]!, backward('then_branch'), backward('else_branch'));
  return [null, ...gradients];
};
