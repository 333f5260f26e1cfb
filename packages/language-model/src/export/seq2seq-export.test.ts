import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAdapter } from '../adapter/adapter.js';
import { mergeAdapter } from '../adapter/merge-adapter.js';
import type { Checkpoint } from '../checkpoint/read-checkpoint.js';
import { openGenerator } from '../generation/open-generator.js';
import { loadTinySeq2Seq, seq2seqFixture, TINY_SEQ2SEQ } from '../seq2seq/test-seq2seq.js';
import { type ExportOptions, exportOnnx } from './export-onnx.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'export-seq2seq-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface Written {
  /** Of each prompt alone. */
  readonly alone: readonly string[];
  /** Of all prompts in one batch, with padding; the library writes on behind the end of a row until all rows have ended. */
  readonly together: readonly string[];
}

/** What the library's pipeline writes with an exported folder. */
async function written(
  checkpoint: Checkpoint,
  name: string,
  prompts: readonly string[],
  newTokens: number,
  options: ExportOptions = {},
): Promise<Written> {
  await exportOnnx(checkpoint, join(dir, name), options);
  const { env, pipeline } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  env.localModelPath = dir;
  const generator = await pipeline('text2text-generation', name, { dtype: 'fp32', device: 'cpu' });
  const write = async (texts: string[]): Promise<string[]> => {
    const output = await generator(texts, { max_new_tokens: newTokens, do_sample: false });
    return (output as readonly { readonly generated_text: string }[]).map(({ generated_text: text }) => text);
  };
  const alone: string[] = [];
  for (const prompt of prompts) alone.push(...(await write([prompt])));
  const together = await write([...prompts]);
  await generator.dispose();
  return { alone, together };
}

function expectTexts({ alone, together }: Written, expected: readonly string[]): void {
  expect(alone).toEqual(expected);
  expect(together.map((text, i) => text.slice(0, expected[i]!.length))).toEqual(expected);
}

/** With an adapter, up to `stop`: the end token of config.json, and not the tokenizer's own as well. */
async function ours(name: string, adapterDir: string, prompts: readonly string[], stop: number): Promise<string[]> {
  await using generator = await openGenerator({ modelDir: seq2seqFixture(name), threads: 1, adapterDir });
  const texts: string[] = [];
  const options = { maxNewTokens: 12, stopTokenIds: [stop] };
  for await (const { index, response } of generator.generate(prompts, options)) texts[index] = response;
  return texts;
}

describe.each(TINY_SEQ2SEQ)('the text2text-generation pipeline with %s', (name) => {
  it.each<[string, ExportOptions]>([
    ['inside', {}],
    ['beside', { embedUpToBytes: 0 }],
  ])('writes what transformers writes in Python, with weights %s the files', async (place, options) => {
    const { checkpoint, golden } = await loadTinySeq2Seq(name);
    const { rows, newTokens } = golden.generation;
    const prompts = rows.map(({ prompt }) => prompt);
    const folder = `${name}-${place}`;
    const texts = await written(checkpoint, folder, prompts, newTokens, options);
    expectTexts(
      texts,
      rows.map(({ text }) => text),
    );
    const data = (await readdir(join(dir, folder, 'onnx'))).filter((file) => file.endsWith('_data'));
    expect(data).toEqual(place === 'beside' ? ['decoder_model_merged.onnx_data', 'encoder_model.onnx_data'] : []);
  });

  it('writes what we write with an adapter, which is merged', async () => {
    const { checkpoint, golden } = await loadTinySeq2Seq(name);
    const prompts = golden.generation.rows.map(({ prompt }) => prompt);
    const adapterDir = seq2seqFixture(name, 'adapter');
    const adapter = await readAdapter(adapterDir, checkpoint.config);
    const merged = { ...checkpoint, tensors: mergeAdapter(checkpoint, adapter) };
    const expected = await ours(name, adapterDir, prompts, golden.generation.stop);
    expectTexts(await written(merged, `${name}-merged`, prompts, 12), expected);
    expect(expected).not.toEqual(golden.generation.rows.map(({ text }) => text));
  });
});

it('says in config.json what the library does not guess', async () => {
  const { checkpoint } = await loadTinySeq2Seq('t5-v1.0');
  const { num_decoder_layers: _left, is_encoder_decoder: _out, ...raw } = checkpoint.config.raw;
  await exportOnnx({ ...checkpoint, config: { ...checkpoint.config, raw } }, join(dir, 'bare'));
  expect(JSON.parse(await readFile(join(dir, 'bare', 'config.json'), 'utf8'))).toMatchObject({
    is_encoder_decoder: true,
    num_decoder_layers: 2,
    decoder_start_token_id: 0,
  });
});
