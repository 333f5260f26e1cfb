export { type ErrorKind, EXIT_CODES } from './exit-codes.js';
export { type ErrorParts, FlanlabError, type FlanlabErrorOptions, isFlanlabError } from './flanlab-error.js';
export { formatError } from './format-error.js';
export { nearest } from './nearest.js';
export { type Problem, problemList } from './problems.js';
