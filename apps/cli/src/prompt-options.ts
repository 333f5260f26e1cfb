import { ADVERSARIAL, type PromptVariants } from '@flanlab/study';
import type { Arguments, OptionTable } from './command.js';
import { CliError } from './errors.js';

/** Options that decide what prompts look like. */
export const PROMPT_OPTIONS = {
  'num-inner': { type: 'number', describe: 'Solved samples in a SampleGen row', default: 2 },
  unify: { type: 'boolean', describe: 'Headings Input 1, Input 2, … in place of field names', default: false },
  corrupt: { type: 'boolean', describe: 'Blank the samples and the fields of the solution', default: false },
  'without-answer': { type: 'boolean', describe: 'SampleGen training rows without their last answer', default: false },
  'option-letters': { type: 'boolean', describe: 'Answer arc and openbookqa with letters', default: false },
  adversarial: {
    type: 'string',
    describe: 'SampleGen training samples of a task from another cluster, or from a finished mixture',
    choices: ADVERSARIAL,
  },
  'adversarial-task': { type: 'string', describe: 'That other task, for same_cat_as_target; drawn when left out' },
  'adversarial-mixture': { type: 'string', describe: 'That mixture, of SampleGen prompts, for same_cat_as_training' },
  'gold-samples': { type: 'number', describe: 'Solved samples in gold-pipeline tests of tasks with choices' },
  'bigbench-format': { type: 'string', describe: 'Wording of tasks with choices', default: 'closed' },
  data: { type: 'string', describe: 'Folder of <task>/<split>; the embedded rows when left out' },
  'task-file': { type: 'string', describe: 'Tasks of your own besides: YAML, JSON or a module' },
  templates: {
    type: 'string',
    describe: 'builtin, or a folder with flan-templates.json and samplegen-templates.json',
    default: 'builtin',
  },
  seed: { type: 'number', describe: 'Seed of templates and samples', default: 12_345 },
  compat: { type: 'boolean', describe: 'Byte for byte as the published study', default: false },
} as const satisfies OptionTable;

interface Chosen extends PromptVariants {
  readonly data: string | undefined;
  readonly taskFile: string | undefined;
  readonly templates: string;
  readonly seed: number;
  readonly compat: boolean;
}

/**
 * The library's names of these options.
 * @throws {CliError} `CLI_USAGE` where one would do nothing to the kind of prompt, which is taken for a mistake
 */
export function promptVariants(
  args: Arguments<typeof PROMPT_OPTIONS>,
  { kind, use }: { readonly kind: string; readonly use: 'train' | 'test' },
): Chosen {
  const solves = kind === 'samplegen' && use === 'train';
  const idle = [
    ...(args['without-answer'] && !solves ? ['--without-answer'] : []),
    ...(args.adversarial !== undefined && !solves ? ['--adversarial'] : []),
    ...(args['gold-samples'] !== undefined && (kind !== 'gold-pipeline' || use === 'train') ? ['--gold-samples'] : []),
    ...(args.corrupt && (kind === 'regular' || (kind === 'samplegen' && !solves)) ? ['--corrupt'] : []),
  ];
  if (idle.length > 0) throw doesNothing(idle, kind, use);
  const { unify, corrupt, adversarial, data, templates, seed, compat } = args;
  return {
    numInner: args['num-inner'],
    unify,
    corrupt,
    withoutAnswer: args['without-answer'],
    letters: !args['option-letters'],
    adversarial,
    adversarialTask: args['adversarial-task'],
    adversarialMixture: args['adversarial-mixture'],
    goldSamples: args['gold-samples'],
    bigBenchFormat: args['bigbench-format'],
    data,
    taskFile: args['task-file'],
    templates,
    seed,
    compat,
  };
}

function doesNothing(options: readonly string[], kind: string, use: string): CliError {
  const name = options.join(' and ');
  return new CliError(
    'CLI_USAGE',
    {
      what: `${name} would do nothing.`,
      why: `${kind} prompts for ${use === 'train' ? 'training' : 'tests'} have no ${options.includes('--corrupt') ? 'blocks with headings' : 'solved samples'}.`,
      fix: 'Leave that out, or make SampleGen prompts for training.',
    },
    { kind: 'usage' },
  );
}
