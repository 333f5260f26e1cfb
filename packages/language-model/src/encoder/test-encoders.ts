import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The tiny folders of `conformance/encoder.py`. */
export const TINY_ENCODERS = ['bert', 'distilbert', 'roberta'] as const;

export interface EncoderGolden {
  readonly texts: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    /** After each layer, the embeddings first: (T, D) each. */
    readonly states: readonly (readonly number[])[];
  }[];
  readonly masked: {
    readonly dims: readonly [number, number];
    readonly inputIds: readonly number[];
    readonly attentionMask: readonly number[];
    readonly labels: readonly number[];
    readonly lossSum: number;
    readonly targets: number;
    /** Of the targets only, (N, V). */
    readonly logits: readonly number[];
    readonly gradients: Readonly<Record<string, readonly number[]>>;
  };
}

export function encoderFixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/encoder/${name}`, import.meta.url));
}

export async function encoderGolden(name: string): Promise<EncoderGolden> {
  return JSON.parse(await readFile(`${encoderFixture(name)}/golden.json`, 'utf8')) as EncoderGolden;
}
