import { GraphError } from '../errors.js';
import type { GraphNode } from '../value.js';

/** The error for a node that cannot be differentiated: which one it is, why, and what to do. */
export function missingRule(node: GraphNode, why: string): GraphError {
  const operator = node.domain === '' ? node.operator : `${node.domain}.${node.operator}`;
  return new GraphError('GRAPH_GRADIENT_MISSING', {
    what: `${operator} has no gradient rule that fits the node "${node.name}".`,
    why,
    fix: `Pass one as gradients(g, loss, wrt, { rules: { ${node.operator}: rule } }), or express the node by operators of GRADIENT_RULES.`,
  });
}
