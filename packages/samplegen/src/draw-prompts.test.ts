import { PythonRandom } from '@flanlab/random';
import { expect, it } from 'vitest';
import { drawPrompts } from './draw-prompts.js';

const NEEDS = { count: 50, templates: 5, contextTemplates: 3, population: 40, numInner: 2 };

it('draws template, template of the samples and samples of one prompt after the other', () => {
  const { templates, contextTemplates, samples } = drawPrompts(NEEDS, new PythonRandom(12_345));
  const random = new PythonRandom(12_345);
  for (let i = 0; i < NEEDS.count; i++) {
    expect(templates[i]).toBe(random.sample(5, 1)[0]);
    expect(contextTemplates[i]).toBe(random.sample(3, 1)[0]);
    expect([...samples.subarray(2 * i, 2 * i + 2)]).toEqual(random.sample(40, 2));
  }
});

it('takes no draw where there is nothing to choose', () => {
  const random = new PythonRandom(1);
  const draws = drawPrompts({ ...NEEDS, templates: 1, contextTemplates: 0, population: 0 }, random);
  expect(draws).toEqual({
    templates: new Uint32Array(50),
    contextTemplates: new Uint32Array(),
    samples: new Uint32Array(),
  });
  expect(random.random()).toBe(new PythonRandom(1).random());
});
