import { isList, pythonText, type Row, type RowView, rowViewer, type TaskSpec } from '@flanlab/flan-datasets';
import {
  BUILTIN_CATALOGUE,
  fillTemplate,
  type TaskTemplate,
  type TemplateCatalogue,
  taskTemplates,
} from '@flanlab/prompt-templates';
import type { CreatePromptsOptions } from './create-prompts.js';
import { PromptError } from './errors.js';
import { exampleFingerprint } from './fingerprint.js';
import { blockFormatter, type FormatOptions, formatQuestion } from './format-sample.js';
import { instruct, type ParsedFrames, parseFrames } from './frames.js';
import type { PromptRow, PromptUse } from './prompt-row.js';
import { solvedBlock } from './solved-block.js';

/** A template that may be drawn, with what shows rows for it. */
interface EligibleTemplate extends TaskTemplate {
  readonly view: (row: Row) => RowView;
}

/** A solved sample: its block and the fingerprint of what it shows. */
interface Sample {
  readonly text: string;
  readonly example: string;
}

/** Draws and formats; holds what all rows of one run share. */
export class PromptMaker {
  private readonly frames: ParsedFrames;
  private readonly templates: readonly EligibleTemplate[];
  private readonly contextTemplates: readonly EligibleTemplate[] | undefined;
  private readonly contextTask: TaskSpec;
  private readonly contextRows: readonly Row[];
  private readonly contextOrder: Uint32Array | undefined;
  private readonly contextPrompts: readonly PromptRow[] | undefined;
  private readonly questions: FormatOptions;
  private readonly blocks = new Map<number | 'Solution', (view: RowView) => string>();
  private readonly fingerprints = new Map<Row, string>();

  constructor(
    private readonly options: CreatePromptsOptions,
    secondHalf: Uint32Array | undefined,
  ) {
    const { task, rows, templates = BUILTIN_CATALOGUE, context, contextPrompts } = options;
    this.frames = parseFrames(templates.frames);
    this.templates = this.eligible(templates, task);
    this.contextTemplates = context && this.eligible(templates, context.task);
    this.contextTask = context?.task ?? task;
    this.contextRows = context?.rows ?? rows;
    this.questions = this.format(task);
    this.contextPrompts = contextPrompts?.filter((row) => row.task !== task.name && solvedBlock(row, { n: 1 }));
    if (secondHalf) {
      this.contextOrder = context ? undefined : secondHalf;
      const available = this.contextPrompts?.length ?? this.contextOrder?.length ?? this.contextRows.length;
      if (available < this.numInner) {
        throw tooFewSamples(contextPrompts ? undefined : this.contextTask, available, this.numInner);
      }
    }
  }

  regular(row: Row, use: PromptUse): PromptRow {
    const template = this.draw(this.templates);
    const view = template.view(row);
    const asked = this.question(row, view, template);
    // The reference trims the questions of training rows only.
    const question = use === 'test' && this.options.compat ? asked : trimEnd(asked);
    const frame = use === 'train' ? this.frames.regularTrain : this.frames.regularTest;
    const { text, answerStart } = instruct(
      frame,
      question,
      use === 'train' ? { target_field: String(view.label) } : {},
    );
    const learned = use === 'train' ? answerStart : text.length;
    return {
      text,
      gold_options: goldOptions(view),
      labels: view.label,
      ...this.provenance(text, learned, template, row),
    };
  }

  samplegen(row: Row): PromptRow {
    const template = this.draw(this.templates);
    const contextTemplate = this.contextTemplates ? this.draw(this.contextTemplates) : template;
    const first = template.view(row);
    const second = first.next === row ? first : template.view(first.next);
    const { text: system, answerStart } = instruct(
      this.frames.samplegenSystem,
      trimEnd(this.question(row, first, template)),
    );
    const samples = this.contextPrompts ? this.drawSolved(this.contextPrompts) : this.drawSamples(contextTemplate);
    const text = fillTemplate(this.frames.outer, {
      sys_and_main: system,
      ic_string: samples.map((sample) => sample.text).join(''),
      main_sample_parsed: this.block('Solution')(second),
      ending: this.frames.ending,
    });
    return {
      text,
      labels: second.label,
      gold_options: goldOptions(first),
      ...this.provenance(text, answerStart, template, row, samples),
    };
  }

  samplegenTest(row: Row): PromptRow {
    const template = this.draw(this.templates);
    const view = template.view(row);
    const { text } = instruct(this.frames.samplegenSystem, `${trimEnd(this.question(row, view, template))}\n`);
    return {
      text,
      labels: view.label,
      gold_options: goldOptions(view),
      ...this.provenance(text, text.length, template, row),
    };
  }

  goldPipeline(row: Row): PromptRow {
    const template = this.draw(this.templates);
    const view = template.view(template.view(row).next);
    const text = this.block('Solution')(view).replace(/(?<=Answer Solution: )[\s\S]*/, '');
    return {
      text,
      labels: view.label,
      gold_options: goldOptions(view),
      ...this.provenance(text, text.length, template, row),
    };
  }

  private get numInner(): number {
    return this.options.numInner ?? 2;
  }

  private eligible(catalogue: TemplateCatalogue, task: TaskSpec): readonly EligibleTemplate[] {
    const { compat = false, letters = true } = this.options;
    return this.templatesOf(catalogue, task).map((template) => {
      const targetField = template.target.replaceAll(/[{}]/g, '');
      return { ...template, view: rowViewer(task, { compat, letters, targetField }) };
    });
  }

  private templatesOf(catalogue: TemplateCatalogue, task: TaskSpec): readonly TaskTemplate[] {
    const { kind, compat = false, eligibleTemplates = 5 } = this.options;
    if (task.templates !== undefined) return ownTemplates(task).slice(0, eligibleTemplates);
    if (task.templateKey !== null) return taskTemplates(catalogue, task.templateKey).slice(0, eligibleTemplates);
    if (task.multipleChoice === undefined || (compat && kind === 'regular')) throw unsupported(task);
    return [compat ? COMPAT_CHOICES : CHOICES];
  }

  private draw(templates: readonly EligibleTemplate[]): EligibleTemplate {
    return templates.length === 1 ? templates[0]! : this.options.random.sample(templates, 1)[0]!;
  }

  private drawSamples({ view }: EligibleTemplate): readonly Sample[] {
    const order = this.contextOrder;
    const drawn = this.options.random.sample(order?.length ?? this.contextRows.length, this.numInner);
    return drawn.map((index, place) => {
      const row = this.contextRows[order?.[index] ?? index]!;
      return { text: this.block(place + 1)(view(row)), example: this.sampleFingerprint(row) };
    });
  }

  private drawSolved(prompts: readonly PromptRow[]): readonly Sample[] {
    const { unify = false } = this.options;
    return this.options.random.sample(prompts.length, this.numInner).map((index, place) => {
      const { examples, ...prompt } = prompts[index]!;
      return { text: solvedBlock(prompt, { n: place + 1, unify })!, example: examples[0]! };
    });
  }

  private question(row: Row, view: RowView, template: TaskTemplate): string {
    return formatQuestion(view, template, this.questions, choicesOf(this.options.task, row));
  }

  private format(task: TaskSpec): FormatOptions {
    const { compat = false, unify = false } = this.options;
    return { compat, unify, translation: task.cluster === 'translation_nlg' };
  }

  /** What prints the block at one place: a sample's, or the one to solve. */
  private block(n: number | 'Solution'): (view: RowView) => string {
    const known = this.blocks.get(n);
    if (known !== undefined) return known;
    const { kind, task, corrupt = false, withoutAnswer = false } = this.options;
    const isSolution = n === 'Solution';
    const made = blockFormatter({
      ...this.format(isSolution ? task : this.contextTask),
      inner: this.frames.inner,
      n,
      corrupt,
      withoutAnswer: isSolution && withoutAnswer && kind === 'samplegen',
    });
    this.blocks.set(n, made);
    return made;
  }

  /** A row serves as a sample again and again. */
  private sampleFingerprint(row: Row): string {
    const known = this.fingerprints.get(row);
    if (known !== undefined) return known;
    const made = exampleFingerprint(row);
    this.fingerprints.set(row, made);
    return made;
  }

  private provenance(
    text: string,
    labelStart: number,
    { id }: TaskTemplate,
    row: Row,
    samples: readonly Sample[] = [],
  ): Pick<PromptRow, 'label_start' | 'label_end' | 'task' | 'template' | 'examples'> {
    return {
      label_start: labelStart,
      label_end: text.length,
      task: this.options.task.name,
      template: id,
      examples: [exampleFingerprint(row), ...samples.map(({ example }) => example)],
    };
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

function choicesOf({ multipleChoice }: TaskSpec, row: Row): Readonly<Record<string, string>> {
  const choices = multipleChoice && row[multipleChoice.choices];
  return isList(choices) ? { choices_: choices.map(pythonText).join('; ') } : {};
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
