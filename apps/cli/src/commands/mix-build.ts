import { extname } from 'node:path';
import { SETUP_NAMES, STOPPING_STRATEGIES } from '@flanlab/mixtures';
import { PROMPT_KINDS } from '@flanlab/samplegen';
import { createMixture, type MixtureStep, readSetupFile, rebuildMixture } from '@flanlab/study';
import { type CommandOutput, defineCommand, type ProgressDisplay } from '../command.js';
import { CliError } from '../errors.js';
import { formatMixture } from '../terminal/format-mixture.js';

const LEAKS = ['report', 'remove', 'error'] as const;

export const mixBuildCommand = defineCommand({
  name: 'mix build',
  describe: 'Mix the training prompts of a set-up into one dataset, or make a mixture again',
  options: {
    setup: {
      type: 'string',
      describe: 'A YAML file such as those in configs/mixtures, or a name; see flanlab mix list',
      positional: true,
    },
    prompts: { type: 'string', describe: 'Folder of <task>/train, or of <kind>/<task>/train' },
    from: { type: 'string', describe: 'Make the mixture of this mixture.json again, and check that it is the same' },
    kind: { type: 'string', describe: 'Kind of prompt, where the folder has several', choices: PROMPT_KINDS },
    'task-file': { type: 'string', describe: 'Tasks of your own, which the set-up may name: YAML, JSON or a module' },
    guard: {
      type: 'string',
      describe:
        'Folder of <task>/test whose rows training must not show; that of --prompts when left out, none for no check',
    },
    'on-leak': { type: 'string', describe: 'Prompts that show one (default report)', choices: LEAKS },
    'on-near-duplicate': {
      type: 'string',
      describe: 'Prompts that share a run of 13 words with one (default report)',
      choices: LEAKS,
    },
    seed: { type: 'number', describe: 'Seed of the order (default 42)' },
    'split-seed': { type: 'number', describe: 'Seed of the cut into train and test (default 42)' },
    'test-share': { type: 'number', describe: 'Share of the rows that becomes the test part (default 0.1)' },
    cap: { type: 'number', describe: 'Rows of one task that count towards its rate (default 3000)' },
    limit: { type: 'number', describe: 'Rows of one task that are used: its first ones (default 30000)' },
    temperature: { type: 'number', describe: 'Above 1, small tasks get a larger share (default 1)' },
    scale: { type: 'number', describe: 'Factor on the rows of each task before the cap (default 1)' },
    'stopping-strategy': {
      type: 'string',
      describe: 'When to stop drawing, as in datasets.interleave_datasets (default first_exhausted)',
      choices: STOPPING_STRATEGIES,
    },
    'missing-tasks': {
      type: 'string',
      describe: 'What to do with tasks without prompts (default skip)',
      choices: ['error', 'skip'],
    },
    compat: { type: 'boolean', describe: 'Lists, rates and cut as published (default false)' },
    out: { type: 'string', describe: 'Folder for the dataset, its card and its manifest', required: true },
  },
  examples: [
    {
      args: 'mix build default --prompts train-prompts/regular --seed 42 --out out/mixture',
      describe: 'The main mixture of what is there',
    },
    {
      args: 'mix build setup.yaml --prompts train-prompts --guard prompts/regular --on-near-duplicate remove --out out/mine',
      describe: 'One of your own, without what the test prompts ask',
    },
    {
      args: 'mix build --from mixture --prompts train-prompts/regular --guard prompts/regular --out out/again',
      describe: 'The same again',
    },
  ],
  async run({ setup, prompts, guard, from, out, ...args }, { signal, progress }): Promise<CommandOutput> {
    const onStep = showStep(progress);
    if (from !== undefined) {
      if (setup !== undefined) throw needsOne('Both a set-up and --from are given.');
      const card = await rebuildMixture({ from, prompts, guard, out, signal, onStep });
      progress.end();
      return { data: { out, ...card }, text: formatMixture(card) };
    }
    if (setup === undefined || prompts === undefined) throw needsOne('There is no set-up, or no folder of prompts.');
    const isFile = ['.yaml', '.yml', '.json'].includes(extname(setup));
    const file = isFile ? await readSetupFile(setup) : { setup, options: {} };
    const card = await createMixture({
      onMissing: 'skip',
      ...file.options,
      ...given({
        kind: args.kind,
        onLeak: args['on-leak'],
        onNearDuplicate: args['on-near-duplicate'],
        seed: args.seed,
        splitSeed: args['split-seed'],
        testShare: args['test-share'],
        cap: args.cap,
        limit: args.limit,
        temperature: args.temperature,
        scale: args.scale,
        stoppingStrategy: args['stopping-strategy'],
        onMissing: args['missing-tasks'],
        compat: args.compat,
      }),
      ...('name' in file && { name: file.name }),
      setup: file.setup,
      prompts,
      guard: guard === 'none' ? false : guard,
      taskFile: args['task-file'],
      out,
      signal,
      onStep,
    });
    progress.end();
    if (card.skipped.length > 0) progress.line(`Without prompts, left out: ${card.skipped.join(', ')}`);
    return { data: { out, ...card }, text: formatMixture(card) };
  },
});

function showStep(progress: ProgressDisplay): (step: MixtureStep) => void {
  let started: number | undefined;
  return ({ step, done, total, unit, detail }) => {
    if (step === 'write') started ??= performance.now();
    const perSecond = started === undefined ? 0 : (1000 * done) / (performance.now() - started);
    const rate = perSecond > 0 ? { perSecond, secondsLeft: (total - done) / perSecond } : {};
    progress.update({ title: step === 'read' ? 'reading' : 'writing', done, total, unit, detail, ...rate });
  };
}

/** Without the options that were left out. */
function given<Options extends object>(options: Options): { [Name in keyof Options]?: NonNullable<Options[Name]> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof Options]?: NonNullable<Options[Name]> };
}

function needsOne(what: string): CliError {
  return new CliError(
    'CLI_USAGE',
    {
      what,
      why: `A mixture is made from a set-up (${SETUP_NAMES.slice(0, 3).join(', ')}, …, or a file) and --prompts, or from an earlier one's manifest.`,
      fix: 'flanlab mix build default --prompts PROMPTS --out OUT, or flanlab mix build --from MIXTURE --out OUT.',
    },
    { kind: 'usage' },
  );
}
