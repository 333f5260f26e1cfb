import { FlanlabError } from '@flanlab/errors';

/** Everything that can go wrong while building, reading or differentiating a graph; each has a heading in ERRORS.md. */
export const GRAPH_ERROR_CODES = [
  'GRAPH_ARGUMENT_INVALID',
  'GRAPH_GRADIENT_MISSING',
  'GRAPH_GRADIENT_UNREACHED',
  'GRAPH_INITIALIZER_SIZE',
  'GRAPH_LOSS_INVALID',
  'GRAPH_MODEL_MALFORMED',
  'GRAPH_MODEL_UNSUPPORTED',
  'GRAPH_NAME_TAKEN',
  'GRAPH_OPERATOR_UNKNOWN',
  'GRAPH_SCOPE_INVALID',
  'GRAPH_SHAPE_MISMATCH',
  'GRAPH_TYPE_MISMATCH',
] as const;

export type GraphErrorCode = (typeof GRAPH_ERROR_CODES)[number];

/** An error of this package; compare `code`. */
export class GraphError extends FlanlabError<GraphErrorCode> {}
