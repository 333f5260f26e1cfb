import { isList, pythonText, type Row, type RowView, RowViewer, type TaskSpec } from '@flanlab/flan-datasets';
import {
  BUILTIN_CATALOGUE,
  fillTemplate,
  type TaskTemplate,
  type TemplateCatalogue,
  taskTemplates,
} from '@flanlab/prompt-templates';
import type { PromptOptions } from './create-prompts.js';
import type { DrawNeeds, PromptDraws } from './draw-prompts.js';
import { PromptError } from './errors.js';
import { exampleFingerprint } from './fingerprint.js';
import { BlockFormatter, type FormatOptions, QuestionFormatter } from './format-sample.js';
import { instruct, type ParsedFrames, parseFrames } from './frames.js';
import type { PromptRow, PromptUse } from './prompt-row.js';
import { solvedBlock } from './solved-block.js';

/** A template that may be drawn, with what shows rows for it and asks. */
interface EligibleTemplate {
  readonly id: string;
  readonly viewer: RowViewer;
  readonly question: QuestionFormatter;
}

/** Row numbers of a task whose rows are shown to each other. */
interface Halves {
  readonly main: Uint32Array;
  readonly inContext: Uint32Array;
}

/** Formats what was drawn; holds what all rows of one run share. Prompts can be made in any order. */
export class PromptMaker {
  private readonly frames: ParsedFrames;
  private readonly templates: readonly EligibleTemplate[];
  private readonly contextTemplates: readonly EligibleTemplate[] | undefined;
  private readonly contextTask: TaskSpec;
  private readonly contextRows: readonly Row[];
  private readonly contextOrder: Uint32Array | undefined;
  private readonly contextPrompts: readonly PromptRow[] | undefined;
  private readonly blocks = new Map<number | 'Solution', BlockFormatter>();
  private readonly fingerprints: string[] = [];
  private readonly taskName: string;
  /** Column of the choices, for tasks with choices of their own. */
  private readonly choices: string | undefined;

  /** @param halves for SampleGen training data: what is solved, and what lends samples */
  constructor(
    private readonly options: PromptOptions,
    private readonly halves: Halves | undefined,
  ) {
    const { task, rows, templates = BUILTIN_CATALOGUE, context, contextPrompts } = options;
    this.frames = parseFrames(templates.frames);
    this.taskName = task.name;
    this.choices = task.multipleChoice?.choices;
    this.templates = this.eligible(templates, task);
    this.contextTemplates = context && this.eligible(templates, context.task);
    this.contextTask = context?.task ?? task;
    this.contextRows = context?.rows ?? rows;
    this.contextOrder = context ? undefined : halves?.inContext;
    this.contextPrompts = contextPrompts?.filter((row) => row.task !== task.name && solvedBlock(row, { n: 1 }));
    if (halves && this.population < this.numInner) {
      throw tooFewSamples(contextPrompts ? undefined : this.contextTask, this.population, this.numInner);
    }
  }

  /** What has to be drawn to make so many prompts. */
  needs(count: number): DrawNeeds {
    const { numInner, templates, contextTemplates = [] } = this;
    const population = this.halves ? this.population : 0;
    const contextChoices = this.halves ? contextTemplates.length : 0;
    return { count, templates: templates.length, contextTemplates: contextChoices, population, numInner };
  }

  /** The prompt of one place. */
  make(index: number, draws: PromptDraws): PromptRow {
    const { rows, kind, use } = this.options;
    const row = rows[this.halves?.main[index] ?? index]!;
    const template = this.templates[draws.templates[index]!]!;
    if (kind === 'regular') return this.regular(row, template, use);
    if (kind === 'gold-pipeline') return this.goldPipeline(row, template);
    return this.halves ? this.samplegen(row, template, index, draws) : this.samplegenTest(row, template);
  }

  private regular(row: Row, template: EligibleTemplate, use: PromptUse): PromptRow {
    const view = template.viewer.view(row);
    const asked = this.question(row, view, template);
    const { frames, options } = this;
    // The reference trims the questions of training rows only.
    const question = use === 'test' && options.compat ? asked : trimEnd(asked);
    const { text, answerStart } =
      use === 'train'
        ? instruct(frames.regularTrain, question, String(view.label))
        : instruct(frames.regularTest, question);
    return {
      text,
      gold_options: goldOptions(view),
      labels: view.label,
      label_start: use === 'train' ? answerStart : text.length,
      label_end: text.length,
      task: this.taskName,
      template: template.id,
      examples: [exampleFingerprint(row)],
    };
  }

  private samplegen(row: Row, template: EligibleTemplate, index: number, draws: PromptDraws): PromptRow {
    const contextTemplate = this.contextTemplates?.[draws.contextTemplates[index]!] ?? template;
    const first = template.viewer.view(row);
    const second = first.next === row ? first : template.viewer.view(first.next);
    const question = trimEnd(this.question(row, first, template));
    const { text: system, answerStart } = instruct(this.frames.samplegenSystem, question);
    const examples = [exampleFingerprint(row)];
    let samples = '';
    for (let place = 0; place < this.numInner; place++) {
      const drawn = draws.samples[index * this.numInner + place]!;
      if (this.contextPrompts) {
        const { examples: shown, ...prompt } = this.contextPrompts[drawn]!;
        samples += solvedBlock(prompt, { n: place + 1, unify: this.options.unify ?? false })!;
        examples.push(shown[0]!);
      } else {
        const number = this.contextOrder?.[drawn] ?? drawn;
        samples += this.block(place + 1).format(contextTemplate.viewer.view(this.contextRows[number]!));
        examples.push(this.sampleFingerprint(number));
      }
    }
    const text = fillTemplate(this.frames.outer, {
      sys_and_main: system,
      ic_string: samples,
      main_sample_parsed: this.block('Solution').format(second),
      ending: this.frames.ending,
    });
    return {
      text,
      labels: second.label,
      gold_options: goldOptions(first),
      label_start: answerStart,
      label_end: text.length,
      task: this.taskName,
      template: template.id,
      examples,
    };
  }

  private samplegenTest(row: Row, template: EligibleTemplate): PromptRow {
    const view = template.viewer.view(row);
    const question = `${trimEnd(this.question(row, view, template))}\n`;
    return this.bare(row, template, view, instruct(this.frames.samplegenSystem, question).text);
  }

  private goldPipeline(row: Row, template: EligibleTemplate): PromptRow {
    const view = template.viewer.view(template.viewer.view(row).next);
    const block = this.block('Solution').format(view);
    // The reference cuts behind the first heading, which a value may hold too; ours prints no answer.
    const text = this.options.compat ? block.replace(/(?<=Answer Solution: )[\s\S]*/, '') : block.replace(/\n$/, '');
    return this.bare(row, template, view, text);
  }

  /** A prompt of which nothing is learned. */
  private bare(row: Row, { id }: EligibleTemplate, view: RowView, text: string): PromptRow {
    return {
      text,
      labels: view.label,
      gold_options: goldOptions(view),
      label_start: text.length,
      label_end: text.length,
      task: this.taskName,
      template: id,
      examples: [exampleFingerprint(row)],
    };
  }

  private get numInner(): number {
    return this.options.numInner ?? 2;
  }

  /** How many samples there are to draw from. */
  private get population(): number {
    return this.contextPrompts?.length ?? this.contextOrder?.length ?? this.contextRows.length;
  }

  private eligible(catalogue: TemplateCatalogue, task: TaskSpec): readonly EligibleTemplate[] {
    const { compat = false, letters = true } = this.options;
    return this.templatesOf(catalogue, task).map((template) => {
      const targetField = template.target.replaceAll(/[{}]/g, '');
      const viewer = new RowViewer(task, { compat, letters, targetField });
      return { id: template.id, viewer, question: new QuestionFormatter(template, this.format(this.options.task)) };
    });
  }

  private templatesOf(catalogue: TemplateCatalogue, task: TaskSpec): readonly TaskTemplate[] {
    const { kind, compat = false, eligibleTemplates = 5 } = this.options;
    if (task.templates !== undefined) return ownTemplates(task).slice(0, eligibleTemplates);
    if (task.templateKey !== null) return taskTemplates(catalogue, task.templateKey).slice(0, eligibleTemplates);
    // The reference has a template for BIG-bench alone, and forgets it in Regular prompts.
    const forgotten = compat && (kind === 'regular' || task.group !== 'bigbench');
    if (task.multipleChoice === undefined || forgotten) throw unsupported(task);
    return [compat ? COMPAT_CHOICES : CHOICES];
  }

  private question(row: Row, view: RowView, template: EligibleTemplate): string {
    return template.question.format(view, this.choices === undefined ? NO_CHOICES : choicesOf(this.choices, row));
  }

  private format(task: TaskSpec): FormatOptions {
    const { compat = false, unify = false } = this.options;
    return { compat, unify, translation: task.cluster === 'translation_nlg' };
  }

  /** What prints the block at one place: a sample's, or the one to solve. */
  private block(n: number | 'Solution'): BlockFormatter {
    const known = this.blocks.get(n);
    if (known !== undefined) return known;
    const { kind, task, corrupt = false, withoutAnswer = false } = this.options;
    const isSolution = n === 'Solution';
    // The reference empties every field of the row to solve, and then fills those of BIG-bench again.
    const keepsFields = this.options.compat && task.group === 'bigbench';
    const made = new BlockFormatter({
      ...this.format(isSolution ? task : this.contextTask),
      inner: this.frames.inner,
      n,
      corrupt: corrupt && !(isSolution && keepsFields),
      withoutAnswer: isSolution && (kind === 'samplegen' ? withoutAnswer : !this.options.compat),
    });
    this.blocks.set(n, made);
    return made;
  }

  /** A row serves as a sample again and again. */
  private sampleFingerprint(number: number): string {
    this.fingerprints[number] ??= exampleFingerprint(this.contextRows[number]!);
    return this.fingerprints[number];
  }
}

// Tasks without instruction templates: a bare question with choices. The reference's own shows the answer in the question.
const CHOICES: TaskTemplate = { id: 'choices/0', input: 'Question: {text}\n{options_}', target: '{answer}' };
const COMPAT_CHOICES: TaskTemplate = {
  id: 'choices/compat',
  input: 'Question: {text}\nOptions: {choices_}\nAnswer Solution: {label}',
  target: '{answer}',
};

/** The wordings that a task brings along. */
function ownTemplates({ name, templates = [] }: TaskSpec): readonly TaskTemplate[] {
  return templates.map((input, index) => ({ id: `${name}/${index}`, input, target: '{answer}' }));
}

const NO_CHOICES: Readonly<Record<string, string>> = {};

function choicesOf(column: string, row: Row): Readonly<Record<string, string>> {
  const choices = row[column];
  return isList(choices) ? { choices_: choices.map(pythonText).join('; ') } : NO_CHOICES;
}

/** Without newlines at the end. */
function trimEnd(question: string): string {
  let end = question.length;
  while (question[end - 1] === '\n') end -= 1;
  return question.slice(0, end);
}

function goldOptions({ options }: RowView): readonly string[] {
  return options.length > 0 ? options : [''];
}

function unsupported(task: TaskSpec): PromptError {
  return new PromptError(
    'PROMPT_TASK_UNSUPPORTED',
    {
      what: `The task ${task.name} has no instruction templates.`,
      why:
        task.multipleChoice === undefined
          ? 'It names no group of the catalogue, and brings none of its own.'
          : `It belongs to the group "${task.group}", whose prompts are questions with choices.`,
      fix:
        task.multipleChoice === undefined
          ? 'Give it templates, or a templateKey such as rte, in its task file.'
          : 'Use bigBenchPrompts for it.',
    },
    { kind: 'usage' },
  );
}

function tooFewSamples(task: TaskSpec | undefined, available: number, needed: number): PromptError {
  return new PromptError('PROMPT_CONTEXT_TOO_SMALL', {
    what: `${task?.name ?? 'The mixture'} has ${available} row(s) to show as samples.`,
    why: `Each row shows ${needed} different ones; ${task ? 'half of the rows are set aside for it' : 'only SampleGen rows of other tasks can serve'}.`,
    fix: 'Use more rows, or show fewer samples.',
  });
}
