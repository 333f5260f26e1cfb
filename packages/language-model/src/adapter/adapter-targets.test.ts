import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../checkpoint/read-checkpoint.js';
import { fixture } from '../graph/test-models.js';
import type { JsonObject } from '../model-config.js';
import { readAdapter } from './adapter.js';
import { adapterConfigJson, parseAdapterConfig } from './adapter-config.js';
import { adapterModules } from './adapter-targets.js';

const { config: llama } = await readCheckpoint(fixture('tiny-llama'));
const parse = (changes: JsonObject) =>
  parseAdapterConfig({ r: 4, lora_alpha: 8, target_modules: ['q_proj', 'v_proj'], peft_type: 'LORA', ...changes });
/** Block and last name of each layer. */
const named = (changes: JsonObject): string[] =>
  adapterModules(llama, parse(changes)).map(({ name }) => name.replace(/^model\.layers\.(\d).*\.(\w+)$/u, '$1 $2'));

describe('targets are those of PEFT 0.21', () => {
  it.each([
    [{ exclude_modules: ['v_proj'] }, ['0 q_proj', '1 q_proj']],
    [{ exclude_modules: ['layers.0.self_attn.v_proj'] }, ['0 q_proj', '1 q_proj', '1 v_proj']],
    [{ exclude_modules: '.*\\.1\\..*' }, ['0 q_proj', '0 v_proj']],
    [{ exclude_modules: [] }, ['0 q_proj', '0 v_proj', '1 q_proj', '1 v_proj']],
    [{ layers_to_transform: [1] }, ['1 q_proj', '1 v_proj']],
    [{ layers_to_transform: 0, layers_pattern: 'layers' }, ['0 q_proj', '0 v_proj']],
    [
      { layers_to_transform: [0, 1], layers_pattern: ['h', 'layers'], exclude_modules: ['q_proj'] },
      ['0 v_proj', '1 v_proj'],
    ],
    // A layer that is named in full is meant, whatever its block.
    [
      { target_modules: ['model.layers.0.self_attn.q_proj', 'v_proj'], layers_to_transform: [1] },
      ['0 q_proj', '1 v_proj'],
    ],
    [{ target_modules: ['q_proj', 'lm_head'], layers_to_transform: [1] }, ['1 q_proj', 'lm_head']],
    [{ target_modules: '(?i).*\\.1\\..*Q_PROJ' }, ['1 q_proj']],
    [{ target_modules: '(?P<all>.*)\\.0\\..*k_proj' }, ['0 k_proj']],
  ])('%j', (changes, expected) => {
    expect(named(changes)).toEqual(expected);
    expect(named(adapterConfigJson(llama, parse(changes)))).toEqual(expected);
  });

  it.each([
    [{ layers_to_transform: [7] }, 'leave none'],
    [{ exclude_modules: '.*' }, 'leave none'],
    [{ layers_to_transform: [1], target_modules: 'all-linear' }, 'layers_to_transform'],
    [{ layers_to_transform: ['1'] }, 'layers_to_transform'],
    [{ layers_pattern: 'layers' }, 'layers_pattern'],
    [{ exclude_modules: [3] }, 'exclude_modules'],
    [{ layers_to_transform: [1], layers_pattern: '(' }, 'no regular expression'],
  ])('refuses %j', (changes, text) => {
    expect(() => named(changes)).toThrow(
      expect.objectContaining({ code: 'ADAPTER_CONFIG_INVALID', why: expect.stringContaining(text) }),
    );
  });
});

describe('keys that change what an adapter computes', () => {
  it.each([
    ['alora_invocation_tokens', [7, 11]],
    ['arrow_config', { top_k: 3 }],
    ['kasa_config', { beta: 1 }],
    ['monteclora_config', { num_samples: 8 }],
    ['use_bdlora', { nblocks: 2 }],
    ['velora_config', { rank: 1 }],
    ['megatron_config', { hidden: 1 }],
    ['init_lora_weights', 'pissa'],
    ['key_of_a_later_release', true],
    ['key_of_a_later_release', 3],
    ['constructor', { a: 1 }],
  ])('%s: %j is refused', (key, value) => {
    expect(() => parse({ [key]: value })).toThrow(
      expect.objectContaining({ code: 'ADAPTER_CONFIG_INVALID', why: expect.stringContaining(key) }),
    );
  });

  it.each([
    ['key_of_a_later_release', null],
    ['key_of_a_later_release', false],
    ['key_of_a_later_release', {}],
    ['eva_config', { rho: 2 }],
    ['peft_version', '0.21.2'],
    ['qalora_group_size', 16],
  ])('%s: %j is not one', (key, value) => {
    expect(parse({ [key]: value })).toEqual(parse({}));
  });
});

it('a target that no layer has is passed over in an adapter that exists, as in PEFT, and refused in one to be made', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'adapter-targets-'));
  try {
    await cp(fixture('tiny-llama', 'adapter'), folder, { recursive: true });
    const path = join(folder, 'adapter_config.json');
    const raw = JSON.parse(await readFile(path, 'utf8')) as { readonly target_modules: readonly string[] };
    await writeFile(path, JSON.stringify({ ...raw, target_modules: [...raw.target_modules, 'w1'] }));
    const { config } = await readAdapter(folder, llama);
    expect(config.targetModules).toEqual([...raw.target_modules].sort());
    await writeFile(path, JSON.stringify({ ...raw, target_modules: ['w1'] }));
    await expect(readAdapter(folder, llama)).rejects.toMatchObject({ code: 'ADAPTER_CONFIG_INVALID' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  expect(() => named({ target_modules: ['q_proj', 'w1'] })).toThrow('No linear layer is named "w1"');
});
