import type { PythonRandom } from '@flanlab/random';

/** What the prompts of one task draw from: plain numbers, so that another thread can draw. */
export interface DrawNeeds {
  /** Prompts to make. */
  readonly count: number;
  /** Templates to choose from. */
  readonly templates: number;
  /** Templates of the task that lends samples; 0 where samples are shown by the row's own. */
  readonly contextTemplates: number;
  /** Rows to draw samples from; 0 where none are shown. */
  readonly population: number;
  /** Samples of each prompt. */
  readonly numInner: number;
}

/** What was drawn, prompt after prompt. */
export interface PromptDraws {
  readonly templates: Uint32Array;
  readonly contextTemplates: Uint32Array;
  /** `numInner` row numbers for each prompt. */
  readonly samples: Uint32Array;
}

/** Draws for each prompt the template, that of its samples, and the samples, as the reference does; one template takes no draw. */
export function drawPrompts(
  { count, templates, contextTemplates, population, numInner }: DrawNeeds,
  random: PythonRandom,
): PromptDraws {
  const draws: PromptDraws = {
    templates: new Uint32Array(count),
    contextTemplates: new Uint32Array(contextTemplates > 0 ? count : 0),
    samples: new Uint32Array(population > 0 ? count * numInner : 0),
  };
  for (let i = 0; i < count; i++) {
    if (templates > 1) draws.templates[i] = random.randbelow(templates);
    if (contextTemplates > 1) draws.contextTemplates[i] = random.randbelow(contextTemplates);
    if (population > 0) draws.samples.set(random.sample(population, numInner), i * numInner);
  }
  return draws;
}
