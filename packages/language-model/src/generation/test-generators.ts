import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The tiny folders of `conformance/generation.py`. */
export const TINY_GENERATORS = ['llama', 'gpt2'] as const;

export interface GenerationGolden {
  readonly newTokens: number;
  readonly stop: number;
  readonly rows: readonly {
    readonly prompt: string;
    readonly ids: readonly number[];
    readonly tokens: readonly number[];
    readonly text: string;
  }[];
  readonly options: {
    readonly prompt: string;
    readonly continuations: readonly string[];
    readonly logLikelihoods: readonly number[];
  };
}

export function generatorFixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/generation/${name}`, import.meta.url));
}

export async function generationGolden(name: string): Promise<GenerationGolden> {
  return JSON.parse(await readFile(`${generatorFixture(name)}/golden.json`, 'utf8')) as GenerationGolden;
}
