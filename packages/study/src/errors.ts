import { FlanlabError } from '@flanlab/errors';

export const STUDY_ERROR_CODES = [
  'STUDY_CONFIG_SYNTAX',
  'STUDY_CONFIG_INVALID',
  'STUDY_STAGE_UNKNOWN',
  'STUDY_FOLDER_LOCKED',
  'STUDY_PROMPTS_AMBIGUOUS',
  'STUDY_SPLIT_MISSING',
  'STUDY_SETUP_INVALID',
  'STUDY_MIXTURE_INVALID',
  'STUDY_MIXTURE_INPUTS_CHANGED',
  'STUDY_MIXTURE_DIFFERS',
  'STUDY_MIXTURE_MISSING',
  'STUDY_MIXTURE_TASK_UNKNOWN',
  'STUDY_DATA_INCOMPLETE',
  'STUDY_TEXT_INVALID',
  'STUDY_TEST_INCOMPLETE',
  'STUDY_INTERRUPTED',
] as const;

/** A study could not be read or run. */
export class StudyError extends FlanlabError<(typeof STUDY_ERROR_CODES)[number]> {}

/** Throws `STUDY_INTERRUPTED` (exit code 75) once the signal has fired. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new StudyError(
    'STUDY_INTERRUPTED',
    {
      what: 'The study was interrupted.',
      why: 'It was asked to stop; finished stages and the last checkpoint are kept.',
      fix: 'Run the same command again: it goes on where it stopped.',
    },
    { kind: 'interrupted' },
  );
}
