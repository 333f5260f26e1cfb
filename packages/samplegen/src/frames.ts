import { fillTemplate, type PromptFrames, parseTemplate, type Template } from '@flanlab/prompt-templates';
import { PromptError } from './errors.js';

/** The parsed frames of a catalogue. */
export interface ParsedFrames {
  readonly samplegenSystem: Template;
  readonly regularTrain: Template;
  readonly regularTest: Template;
  readonly bigbenchRegular: Template;
  readonly outer: Template;
  readonly inner: Template;
  readonly ending: string;
}

const INSTRUCTION_END = '[/INST]';
const QUESTION = 'formatted_main_sample';

/** Parses the frames and checks that each system prompt closes its instruction right after the question. */
export function parseFrames(frames: PromptFrames): ParsedFrames {
  const parsed: ParsedFrames = {
    samplegenSystem: parseTemplate(frames.samplegenSystem, { id: 'samplegenSystem', slots: ['formatted_main_sample'] }),
    regularTrain: parseTemplate(frames.regularTrain, {
      id: 'regularTrain',
      slots: ['formatted_main_sample', 'target_field'],
    }),
    regularTest: parseTemplate(frames.regularTest, { id: 'regularTest', slots: ['formatted_main_sample'] }),
    bigbenchRegular: parseTemplate(frames.bigbenchRegular, { id: 'bigbenchRegular', slots: ['formatted_main_sample'] }),
    outer: parseTemplate(frames.outer, {
      id: 'outer',
      slots: ['sys_and_main', 'ic_string', 'main_sample_parsed', 'ending'],
    }),
    inner: parseTemplate(frames.inner, { id: 'inner', slots: ['example_num', 'components', 'answer'] }),
    ending: fillTemplate(parseTemplate(frames.ending, { id: 'ending', slots: [] }), {}),
  };
  for (const name of ['samplegenSystem', 'regularTrain', 'regularTest', 'bigbenchRegular'] as const) {
    checkInstruction(name, parsed[name]);
  }
  return parsed;
}

function checkInstruction(name: string, { parts }: Template): void {
  const question = parts.findIndex((part) => part.type === 'slot' && part.name === QUESTION);
  const next = parts[question + 1];
  if (question >= 0 && next?.type === 'text' && next.text.startsWith(INSTRUCTION_END)) return;
  throw new PromptError('PROMPT_FRAME_INVALID', {
    what: `The frame ${name} does not close its instruction.`,
    why: `${INSTRUCTION_END} has to follow {formatted_main_sample} directly: what a model must learn starts behind it.`,
    fix: `Write …{formatted_main_sample}${INSTRUCTION_END}… in the template file.`,
  });
}

/** A filled system prompt, and the offset right behind `[/INST]`. */
export interface Instruction {
  readonly text: string;
  readonly answerStart: number;
}

/** Puts a question, and for training rows its answer, into a system prompt. */
export function instruct(frame: Template, question: string, answer = ''): Instruction {
  let text = '';
  let answerStart = 0;
  for (const part of frame.parts) {
    if (part.type === 'text') {
      text += part.text;
    } else if (part.name === QUESTION) {
      text += question;
      if (answerStart === 0) answerStart = text.length + INSTRUCTION_END.length;
    } else {
      text += answer;
    }
  }
  return { text, answerStart };
}
