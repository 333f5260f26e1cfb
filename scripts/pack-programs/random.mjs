import { NumpyGenerator, PythonRandom } from '@flanlab/random';

// python: random.Random(42).sample(range(10), 3)
const drawn = new PythonRandom(42).sample(10, 3);
if (drawn.join() !== '1,0,4') throw new Error(drawn.join());
if (new NumpyGenerator(25).permutation(5).length !== 5) throw new Error('permutation');
