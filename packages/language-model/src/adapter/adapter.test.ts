import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphBuilder, gradients, type Value } from '@flanlab/onnx-graph';
import { openSession } from '@flanlab/onnx-session';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialiseAdapter } from '../checkpoint/initialise-weights.js';
import { readCheckpoint } from '../checkpoint/read-checkpoint.js';
import { decoderHidden, decoderLogits } from '../graph/decoder.js';
import { fixture, int32, loadTiny, maxDifference, runGraph, TINY_MODELS } from '../graph/test-models.js';
import type { JsonObject } from '../model-config.js';
import { quantiseWeights } from '../quantisation/quantise-weights.js';
import { adapterHook, readAdapter, writeAdapter } from './adapter.js';
import { ADAPTER_BASE_KEY, checkAdapterBase, hashWeights } from './adapter-base.js';
import { adapterParameters, adapterRank, adapterScale, parseAdapterConfig } from './adapter-config.js';
import { adapterModules } from './adapter-targets.js';
import { mergeAdapter, unmergeAdapter, weightChanges } from './merge-adapter.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adapter-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe.each(TINY_MODELS)('%s', (name) => {
  it('merged gives the logits of PEFT', async () => {
    const { checkpoint, golden } = await loadTiny(name);
    const { config } = checkpoint;
    const adapter = await readAdapter(fixture(name, 'adapter'), config);
    const merged = { ...checkpoint, tensors: mergeAdapter(checkpoint, adapter) };
    const { logits } = await runGraph(merged, { inputIds: int32([golden.inputIds[0]!]) }, (g, parameters) => {
      const inputIds = g.input('inputIds', 'int32', ['B', 'T']);
      return {
        logits: decoderLogits(g, config, { parameters }, decoderHidden(g, config, { parameters }, { inputIds })),
      };
    });
    // The adapter was made large, so that logits reach tens.
    expect(maxDifference(logits!.data as Float32Array, golden.adaptedLogits)).toBeLessThan(1e-4);
  });

  it('beside the weights gives the logits of PEFT, and a gradient for each of its tensors', async () => {
    const { checkpoint, golden } = await loadTiny(name);
    const { config } = checkpoint;
    const adapter = await readAdapter(fixture(name, 'adapter'), config);
    const g = new GraphBuilder();
    const values = new Map<string, Value>();
    for (const [key, tensor] of [...checkpoint.tensors, ...adapter.tensors]) {
      values.set(key, g.initializer(key, { type: 'float32', shape: [...tensor.shape], data: await tensor.float32() }));
    }
    const parameters = (key: string): Value => values.get(key)!;
    const parts = { parameters, linear: adapterHook(config, adapter.config, parameters) };
    const inputIds = g.input('inputIds', 'int32', ['B', 'T']);
    const logits = decoderLogits(g, config, parts, decoderHidden(g, config, parts, { inputIds }));
    g.output('logits', logits);
    const loss = g.op.reduceSum(g.op.mul(logits, logits), undefined, { keepDims: false });
    const names = [...adapter.tensors.keys()];
    const results = gradients(g, loss, names.map(parameters)) as readonly Value[];
    for (const [i, key] of names.entries()) g.output(`d ${key}`, results[i]!);
    await using session = await openSession(g.toBytes(), { threads: 1 });
    const outputs = await session.run({ inputIds: int32([golden.inputIds[0]!]) });
    expect(maxDifference(outputs.logits!.data as Float32Array, golden.adaptedLogits)).toBeLessThan(1e-4);
    for (const key of names) {
      expect(outputs[`d ${key}`]!.dims).toEqual(adapter.tensors.get(key)!.shape);
      expect(
        (outputs[`d ${key}`]!.data as Float32Array).some((x) => x !== 0),
        key,
      ).toBe(true);
    }
  });

  it('comes back unchanged from its own folder, in the same bytes each time', async () => {
    const { config } = await readCheckpoint(fixture(name));
    const { tensors, config: adapterConfig } = await readAdapter(fixture(name, 'adapter'), config);
    const folder = join(dir, name);
    const write = () =>
      writeAdapter(folder, { model: config, config: adapterConfig, tensors, metadata: { base: 'abc' } });
    await write();
    const first = await readFile(join(folder, 'adapter_model.safetensors'));
    await write();
    expect(await readFile(join(folder, 'adapter_model.safetensors'))).toEqual(first);
    const again = await readAdapter(folder, config);
    expect(again.config).toEqual(adapterConfig);
    expect(again.metadata.base).toBe('abc');
    for (const [key, tensor] of tensors) expect(await again.tensors.get(key)!.bytes()).toEqual(await tensor.bytes());
    const json = JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8')) as JsonObject;
    expect(json.fan_in_fan_out).toBe(name.startsWith('tiny-gpt2'));
    expect(Object.keys(json)).toEqual(Object.keys(json).sort());
  });
});

const json = (changes: JsonObject): JsonObject => ({
  r: 4,
  lora_alpha: 8,
  target_modules: ['q_proj'],
  peft_type: 'LORA',
  ...changes,
});

it('changes nothing when fresh: A is uniform within 1/√in, B is zero', async () => {
  const { config } = await readCheckpoint(fixture('tiny-llama'));
  const adapterConfig = parseAdapterConfig(json({}));
  const fresh = initialiseAdapter(config, adapterConfig, 7);
  expect([...fresh.keys()]).toEqual(adapterParameters(config, adapterConfig).map((parameter) => parameter.name));
  for (const [name, { data }] of fresh) {
    const values = data as Float32Array;
    const max = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    if (name.endsWith('lora_B.weight')) expect(max).toBe(0);
    else expect(max * Math.sqrt(32)).toBeGreaterThan(0.9);
    expect(max * Math.sqrt(32)).toBeLessThanOrEqual(1);
  }
});

describe('targets', () => {
  it.each([
    [['q_proj'], ['model.layers.0.self_attn.q_proj', 'model.layers.1.self_attn.q_proj']],
    [['layers.1.mlp.up_proj'], ['model.layers.1.mlp.up_proj']],
    ['.*\\.0\\..*(q|v)_proj', ['model.layers.0.self_attn.q_proj', 'model.layers.0.self_attn.v_proj']],
  ])('%j names %j', async (target, expected) => {
    const { config } = await readCheckpoint(fixture('tiny-llama'));
    const adapterConfig = parseAdapterConfig(json({ target_modules: target }));
    expect(adapterModules(config, adapterConfig).map(({ name }) => name)).toEqual(expected);
  });

  it('all-linear leaves out the output layer', async () => {
    const { config } = await readCheckpoint(fixture('tiny-llama'));
    expect(adapterModules(config, parseAdapterConfig(json({ target_modules: 'all-linear' })))).toHaveLength(14);
  });

  it.each([
    [['q_proy'], 'Did you mean "q_proj"?'],
    ['nothing', 'whole names'],
    ['(', 'Mend it'],
  ])('refuses %j', async (target, fix) => {
    const { config } = await readCheckpoint(fixture('tiny-llama'));
    const adapterConfig = parseAdapterConfig(json({ target_modules: target }));
    expect(() => adapterModules(config, adapterConfig)).toThrow(
      expect.objectContaining({ code: 'ADAPTER_CONFIG_INVALID', fix: expect.stringContaining(fix) }),
    );
  });
});

it('reports every unsupported feature of a config at once', () => {
  const raw = json({ use_dora: true, bias: 'all', rank_pattern: { a: 0.5 }, r: 0, new_key_of_2027: 5 });
  expect(() => parseAdapterConfig(raw)).toThrow(/r: .*use_dora.*bias.*new_key_of_2027.*rank_pattern/su);
});

describe('patterns', () => {
  const config = parseAdapterConfig(
    json({
      r: 4,
      lora_alpha: 8,
      use_rslora: true,
      rank_pattern: { q_proj: 2, 'layers.1.*': 16 },
      alpha_pattern: { 'self_attn.(q|v)_proj': 32 },
    }),
  );

  // Values of LoraModel in peft 0.21 for the same config.
  it.each([
    ['model.layers.0.self_attn.q_proj', 2, 32 / Math.sqrt(2)],
    ['model.layers.1.self_attn.q_proj', 2, 32 / Math.sqrt(2)],
    ['model.layers.1.self_attn.k_proj', 16, 2],
    ['model.layers.0.self_attn.v_proj', 4, 16],
    ['model.layers.0.self_attn.xq_proj', 4, 4],
  ])('give %s the rank %d and the scale %d', (module, rank, scale) => {
    expect(adapterRank(config, module)).toBe(rank);
    expect(adapterScale(config, module)).toBeCloseTo(scale, 12);
  });

  it('come back from a folder, with matrices of their shapes', async () => {
    const { config: model } = await readCheckpoint(fixture('tiny-llama'));
    const folder = join(dir, 'patterns');
    await writeAdapter(folder, { model, config, tensors: initialiseAdapter(model, config, 1) });
    const { config: again, tensors } = await readAdapter(folder, model);
    expect(again).toEqual(config);
    expect(tensors.get('base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight')!.shape).toEqual([2, 32]);
  });
});

describe('merging', () => {
  it('is undone by unmerging, and says how far each layer moved', async () => {
    const { checkpoint } = await loadTiny('tiny-gpt2');
    const adapter = await readAdapter(fixture('tiny-gpt2', 'adapter'), checkpoint.config);
    const merged = mergeAdapter(checkpoint, adapter);
    const back = unmergeAdapter({ ...checkpoint, tensors: merged }, adapter);
    for await (const { module, largest, relative } of weightChanges(checkpoint, adapter)) {
      const [before, between, after] = await Promise.all(
        [checkpoint.tensors, merged, back].map((tensors) => tensors.get(`${module}.weight`)!.float32()),
      );
      expect(maxDifference(before!, between!)).toBe(largest);
      expect(relative).toBeGreaterThan(0.01);
      // One rounding of float32 each way.
      expect(maxDifference(before!, after!)).toBeLessThan(largest * 2 ** -22);
    }
  });

  it('into weights that are stored in 4 bits gives float32, not 4 bits again', async () => {
    const { checkpoint } = await loadTiny('tiny-llama');
    const adapter = await readAdapter(fixture('tiny-llama', 'adapter'), checkpoint.config);
    const quantised = quantiseWeights(checkpoint, { kind: 'nf4', blockSize: 64, doubleQuant: true });
    const name = 'model.layers.0.self_attn.q_proj.weight';
    expect(quantised.tensors.get(name)!.quantised?.encoding.kind).toBe('nf4');
    const merged = mergeAdapter(quantised, adapter).get(name)!;
    expect([merged.dtype, merged.quantised]).toEqual(['F32', undefined]);
    const changes: number[] = [];
    for await (const { largest } of weightChanges(quantised, adapter)) changes.push(largest);
    const exact: number[] = [];
    for await (const { largest } of weightChanges(checkpoint, adapter)) exact.push(largest);
    expect(maxDifference(changes, exact)).toBeLessThan(1e-6);
    // The base of the merged weights is what the adapter was trained on: the dequantised one.
    const base = await quantised.tensors.get(name)!.float32();
    expect(maxDifference(base, await checkpoint.tensors.get(name)!.float32())).toBeGreaterThan(1e-3);
    expect(quantised.tensors.get('model.embed_tokens.weight')).toBe(
      checkpoint.tensors.get('model.embed_tokens.weight'),
    );
  });
});

describe('reading', () => {
  it('shows which tensors are missing, superfluous or of another shape', async () => {
    const { config } = await readCheckpoint(fixture('tiny-llama'));
    const folder = join(dir, 'wrong');
    await cp(fixture('tiny-llama', 'adapter'), folder, { recursive: true });
    const path = join(folder, 'adapter_config.json');
    const raw = JSON.parse(await readFile(path, 'utf8')) as JsonObject;
    await writeFile(path, JSON.stringify({ ...raw, r: 2, target_modules: ['q_proj', 'k_proj'] }));
    const reading = readAdapter(folder, config);
    await expect(reading).rejects.toMatchObject({ code: 'ADAPTER_TENSORS_MISMATCH' });
    await expect(reading).rejects.toThrow(/! .*q_proj.lora_A.weight is \[3,32\], expected \[2,32\]/u);
    await expect(reading).rejects.toThrow(/- .*k_proj.lora_A.weight \[2,32\] is missing/u);
  });

  it('refuses the adapter of another model', async () => {
    const { config } = await readCheckpoint(fixture('tiny-llama-biased'));
    await expect(readAdapter(fixture('tiny-llama', 'adapter'), config)).rejects.toMatchObject({
      code: 'ADAPTER_TENSORS_MISMATCH',
    });
  });

  it('says that a folder holds no adapter', async () => {
    const { config } = await readCheckpoint(fixture('tiny-llama'));
    await expect(readAdapter(dir, config)).rejects.toMatchObject({ code: 'ADAPTER_FILE_MISSING' });
  });
});

describe('the base model', () => {
  it.each([
    ['passes when it is the one recorded', true, undefined],
    ['is refused when its weights differ', false, 'ADAPTER_BASE_MISMATCH'],
  ])('%s', async (_title, isSame, code) => {
    const checkpoint = await readCheckpoint(fixture('tiny-llama'));
    const { config, tensors } = await readAdapter(fixture('tiny-llama', 'adapter'), checkpoint.config);
    const hash = await hashWeights(isSame ? checkpoint.tensors : [...checkpoint.tensors].reverse());
    const folder = join(dir, `based-${isSame}`);
    await writeAdapter(folder, { model: checkpoint.config, config, tensors, metadata: { [ADAPTER_BASE_KEY]: hash } });
    const checking = checkAdapterBase(checkpoint, await readAdapter(folder, checkpoint.config));
    if (code === undefined) await expect(checking).resolves.toBeUndefined();
    else await expect(checking).rejects.toMatchObject({ code });
  });

  it('passes with an adapter that records none, as those of PEFT', async () => {
    const checkpoint = await readCheckpoint(fixture('tiny-llama'));
    const adapter = await readAdapter(fixture('tiny-llama', 'adapter'), checkpoint.config);
    await expect(checkAdapterBase(checkpoint, adapter)).resolves.toBeUndefined();
  });
});
