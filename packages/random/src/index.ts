export { RANDOM_ERROR_CODES, RandomError } from './errors.js';
export { LegacyNumpy } from './legacy-numpy.js';
export { NumpyGenerator } from './numpy-generator.js';
export { PythonRandom } from './python-random.js';
export type { Seed } from './seed-words.js';
export { TorchGenerator } from './torch-generator.js';
