import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTask, normaliseRow, type Row, type TaskSpec } from '@flanlab/flan-datasets';
import { loadCatalogue, type TemplateCatalogue } from '@flanlab/prompt-templates';
import { beforeAll, describe, expect, it } from 'vitest';
import { bigBenchPrompts } from './bigbench.js';
import { bigBenchPipelinePrompts } from './bigbench-pipeline.js';
import { createPrompts } from './create-prompts.js';
import type { PromptKind, PromptUse } from './prompt-row.js';
import { firstChoice } from './test-rows.js';

// One worked example of every kind of prompt for every task, made by running the reference. Published sentences: not shipped.
const shared = process.env.FLANLAB_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const tasksFile = join(shared, 'reference/tasks.json');
const present = existsSync(tasksFile);

interface WorkedExample {
  readonly raw_rows: readonly Row[];
  readonly [kind: string]: unknown;
}

const examples: readonly { readonly name: string; readonly worked_example: WorkedExample }[] = present
  ? JSON.parse(readFileSync(tasksFile, 'utf8')).tasks
  : [];

const first = firstChoice();

const KINDS: Readonly<Record<string, { kind: PromptKind; use: PromptUse; unify?: boolean }>> = {
  regular_train: { kind: 'regular', use: 'train' },
  regular_test: { kind: 'regular', use: 'test' },
  samplegen_train: { kind: 'samplegen', use: 'train' },
  samplegen_train_unified: { kind: 'samplegen', use: 'train', unify: true },
  samplegen_test_plain: { kind: 'samplegen', use: 'test' },
  gold_pipeline_test: { kind: 'gold-pipeline', use: 'test' },
  gold_pipeline_test_unified: { kind: 'gold-pipeline', use: 'test', unify: true },
};

const compat = true;
const textOnly = (rows: Iterable<{ readonly text: string }>): string => [...rows][0]!.text;

describe.runIf(present)('worked examples', () => {
  let templates: TemplateCatalogue;
  beforeAll(async () => {
    templates = await loadCatalogue(join(shared, 'reference'));
  });

  const normalised = (task: TaskSpec, raw: readonly Row[]): Row[] =>
    raw.map((row) => normaliseRow(task, row, { compat, random: first })).filter((row) => row !== undefined);

  const flan = examples.flatMap(({ name, worked_example }) =>
    Object.keys(KINDS).flatMap((kind) => (kind in worked_example ? [[name, kind, worked_example] as const] : [])),
  );
  it.each(flan)('%s %s', (name, kind, example) => {
    const task = findTask(name);
    const [row, ...context] = normalised(task, example.raw_rows);
    const rows = [row!, row!, row!];
    const options = { task, random: first, templates, compat, num: 1, context: { task, rows: context } };
    const [made] = [...createPrompts({ ...options, ...KINDS[kind]!, rows })];
    expect(made).toMatchObject(example[kind] as object);
  });

  const direct = {
    direct_closed_base: ['base', 'closed'],
    direct_closed_mix_prompts: ['samplegen', 'closed'],
    direct_closed_flan_prompts: ['regular', 'closed'],
    direct_bad_prompt_1_base: ['base', 'bad-prompt-1'],
  } as const;
  const withChoices = examples.filter(
    ({ name, worked_example }) => 'direct_closed_base' in worked_example && name !== 'social_iqa_translated',
  );

  it.each(
    withChoices.flatMap(({ name, worked_example }) =>
      Object.entries(direct).map(([kind, how]) => [name, kind, how, worked_example] as const),
    ),
  )('%s %s', (name, kind, [run, format], example) => {
    const task = findTask(name);
    const rows = normalised(task, example.raw_rows);
    expect(textOnly(bigBenchPrompts({ task, rows, run, format, templates, compat }))).toBe(example[kind]);
  });

  it('social_iqa_translated direct_closed_base: the prefix is doubled (Q56)', () => {
    const name = 'social_iqa_translated';
    const { worked_example } = examples.find((example) => example.name === name)!;
    const task = findTask(name);
    const rows = normalised(task, worked_example.raw_rows);
    const made = bigBenchPrompts({ task, rows, run: 'base', format: 'closed-translated', templates, compat });
    expect(textOnly(made)).toBe(worked_example.direct_closed_base);
  });

  const pipeline = {
    base_with_gold_in_context_closed: { format: 'closed', unify: false },
    base_with_gold_in_context_closed_unified: { format: 'closed', unify: true },
    base_with_gold_in_context_bad_prompt_1: { format: 'bad-prompt-1', unify: false },
  } as const;
  it.each(
    withChoices.flatMap(({ name, worked_example }) =>
      Object.entries(pipeline).map(([kind, how]) => [name, kind, how, worked_example] as const),
    ),
  )('%s %s', (name, kind, how, example) => {
    const task = findTask(name);
    const [row, ...goldRows] = normalised(task, example.raw_rows);
    const made = bigBenchPipelinePrompts({ task, rows: [row!], goldRows, random: first, templates, compat, ...how });
    expect(textOnly(made)).toBe(example[kind]);
  });
});
