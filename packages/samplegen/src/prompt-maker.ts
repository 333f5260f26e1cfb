import { isList, pythonText, type Row, type RowView, type TaskSpec, viewRow } from '@flanlab/flan-datasets';
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
import { type BlockOptions, type FormatOptions, formatBlock, formatQuestion } from './format-sample.js';
import { instruct, type ParsedFrames, parseFrames } from './frames.js';
import type { PromptRow, PromptUse } from './prompt-row.js';

/** Draws and formats; holds what all rows of one run share. */
export class PromptMaker {
  private readonly frames: ParsedFrames;
  private readonly templates: readonly TaskTemplate[];
  private readonly contextTemplates: readonly TaskTemplate[] | undefined;
  private readonly contextTask: TaskSpec;
  private readonly contextRows: readonly Row[];
  private readonly contextOrder: Uint32Array | undefined;
  private readonly blocks = new Map<number | 'Solution', BlockOptions>();
  private readonly fingerprints = new WeakMap<Row, string>();

  constructor(
    private readonly options: CreatePromptsOptions,
    secondHalf: Uint32Array | undefined,
  ) {
    const { task, rows, templates = BUILTIN_CATALOGUE, context } = options;
    this.frames = parseFrames(templates.frames);
    this.templates = this.eligible(templates, task);
    this.contextTemplates = context && this.eligible(templates, context.task);
    this.contextTask = context?.task ?? task;
    this.contextRows = context?.rows ?? rows;
    if (secondHalf) {
      this.contextOrder = context ? undefined : secondHalf;
      const available = this.contextOrder?.length ?? this.contextRows.length;
      if (available < this.numInner) throw tooFewSamples(this.contextTask, available, this.numInner);
    }
  }

  regular(row: Row, use: PromptUse): PromptRow {
    const template = this.draw(this.templates);
    const view = this.view(row, template);
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
      ...this.provenance(text, learned, template, [row]),
    };
  }

  samplegen(row: Row): PromptRow {
    const { corrupt = false, withoutAnswer = false } = this.options;
    const template = this.draw(this.templates);
    const contextTemplate = this.contextTemplates ? this.draw(this.contextTemplates) : template;
    const first = this.view(row, template);
    const second = this.view(first.next, template);
    const { text: system, answerStart } = instruct(
      this.frames.samplegenSystem,
      trimEnd(this.question(row, first, template)),
    );
    const samples = this.drawSamples();
    const text = fillTemplate(this.frames.outer, {
      sys_and_main: system,
      ic_string: samples
        .map((sample, index) => {
          const view = this.view(sample, contextTemplate, this.contextTask);
          return formatBlock(view, this.block(index + 1, { corrupt, withoutAnswer: false }, this.contextTask));
        })
        .join(''),
      main_sample_parsed: formatBlock(second, this.block('Solution', { corrupt, withoutAnswer })),
      ending: this.frames.ending,
    });
    return {
      text,
      labels: second.label,
      gold_options: goldOptions(first),
      ...this.provenance(text, answerStart, template, [row, ...samples]),
    };
  }

  samplegenTest(row: Row): PromptRow {
    const template = this.draw(this.templates);
    const view = this.view(row, template);
    const { text } = instruct(this.frames.samplegenSystem, `${trimEnd(this.question(row, view, template))}\n`);
    return {
      text,
      labels: view.label,
      gold_options: goldOptions(view),
      ...this.provenance(text, text.length, template, [row]),
    };
  }

  goldPipeline(row: Row): PromptRow {
    const template = this.draw(this.templates);
    const view = this.view(this.view(row, template).next, template);
    const block = formatBlock(
      view,
      this.block('Solution', { corrupt: this.options.corrupt ?? false, withoutAnswer: false }),
    );
    const text = block.replace(/(?<=Answer Solution: )[\s\S]*/, '');
    return {
      text,
      labels: view.label,
      gold_options: goldOptions(view),
      ...this.provenance(text, text.length, template, [row]),
    };
  }

  private get numInner(): number {
    return this.options.numInner ?? 2;
  }

  private eligible(catalogue: TemplateCatalogue, task: TaskSpec): readonly TaskTemplate[] {
    const { kind, compat = false, eligibleTemplates = 5 } = this.options;
    if (task.templateKey !== null) return taskTemplates(catalogue, task.templateKey).slice(0, eligibleTemplates);
    if (task.multipleChoice === undefined || (compat && kind === 'regular')) throw unsupported(task);
    return [compat ? COMPAT_CHOICES : CHOICES];
  }

  private draw(templates: readonly TaskTemplate[]): TaskTemplate {
    return templates.length === 1 ? templates[0]! : this.options.random.sample(templates, 1)[0]!;
  }

  private drawSamples(): readonly Row[] {
    const order = this.contextOrder;
    const drawn = this.options.random.sample(order?.length ?? this.contextRows.length, this.numInner);
    return drawn.map((index) => this.contextRows[order?.[index] ?? index]!);
  }

  private view(row: Row, template: TaskTemplate, task: TaskSpec = this.options.task): RowView {
    const { compat = false, letters = true } = this.options;
    return viewRow(task, row, { compat, letters, targetField: template.target.replaceAll(/[{}]/g, '') });
  }

  private question(row: Row, view: RowView, template: TaskTemplate): string {
    return formatQuestion(view, template, this.format(this.options.task), choicesOf(this.options.task, row));
  }

  private format(task: TaskSpec): FormatOptions {
    const { compat = false, unify = false } = this.options;
    return { compat, unify, translation: task.cluster === 'translation_nlg' };
  }

  private block(
    n: number | 'Solution',
    how: Pick<BlockOptions, 'corrupt' | 'withoutAnswer'>,
    task: TaskSpec = this.options.task,
  ): BlockOptions {
    // The options of a block depend on its place only, and are made once for thousands of rows.
    const known = this.blocks.get(n);
    if (known !== undefined) return known;
    const made = { ...this.format(task), inner: this.frames.inner, n, ...how };
    this.blocks.set(n, made);
    return made;
  }

  /** A row serves as a sample again and again. */
  private fingerprint(row: Row): string {
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
    shown: readonly Row[],
  ): Pick<PromptRow, 'label_start' | 'label_end' | 'task' | 'template' | 'examples'> {
    return {
      label_start: labelStart,
      label_end: text.length,
      task: this.options.task.name,
      template: id,
      examples: shown.map((row) => this.fingerprint(row)),
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

function choicesOf({ multipleChoice }: TaskSpec, row: Row): Readonly<Record<string, string>> {
  const choices = multipleChoice && row[multipleChoice.choices];
  return isList(choices) ? { choices_: choices.map(pythonText).join('; ') } : {};
}

function trimEnd(question: string): string {
  return question.replace(/\n+$/, '');
}

function goldOptions({ options }: RowView): readonly string[] {
  return options.length > 0 ? options : [''];
}

function unsupported(task: TaskSpec): PromptError {
  return new PromptError(
    'PROMPT_TASK_UNSUPPORTED',
    {
      what: `The task ${task.name} has no instruction templates.`,
      why: `It belongs to the group "${task.group}", whose prompts are questions with choices.`,
      fix: 'Use bigBenchPrompts for it.',
    },
    { kind: 'usage' },
  );
}

function tooFewSamples(task: TaskSpec, available: number, needed: number): PromptError {
  return new PromptError('PROMPT_CONTEXT_TOO_SMALL', {
    what: `${task.name} has ${available} row(s) to show as samples.`,
    why: `Each row shows ${needed} different ones; half of the rows are set aside for it.`,
    fix: 'Use more rows, or show fewer samples.',
  });
}
