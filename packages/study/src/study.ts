import { join } from 'node:path';
import { writeFileAtomic } from '@flanlab/files';
import { readTaskFile } from '@flanlab/flan-datasets';
import { stringify } from 'yaml';
import type { StudyConfig } from './config/schema.js';
import { type RunStagesOptions, runStages } from './engine/run-stages.js';
import type { StudyEvent } from './events.js';
import { type StudyStagesOptions, studyStages } from './study-stages.js';

/** The report of a study below its run folder. */
export const reportPath = (dir: string): string => join(dir, 'report', 'report.html');

/**
 * Runs a study, or brings it up to date: every stage whose settings, code, input files and earlier results are as recorded
 * in its `done.json` is skipped. Deterministic; may be killed at any moment and called again.
 *
 * Below `dir`: `study.yaml` (the settings with defaults), one folder for each stage with its outputs and `done.json`, and
 * `lock.json` while it runs.
 * @throws {StudyError} `STUDY_INTERRUPTED` when the signal fires, `STUDY_FOLDER_LOCKED`, `STUDY_STAGE_UNKNOWN`; and what the
 *   packages of the stages throw
 */
export async function* runStudy(
  config: StudyConfig,
  options: RunStagesOptions & Omit<StudyStagesOptions, 'ownTasks'>,
): AsyncGenerator<StudyEvent> {
  const { taskFile } = config.data;
  const ownTasks = taskFile === undefined ? [] : await readTaskFile(taskFile);
  let first = true;
  for await (const event of runStages(studyStages(config, { ...options, ownTasks }), options)) {
    // Only once the folder is locked.
    if (first) await writeFileAtomic(join(options.dir, 'study.yaml'), stringify(config));
    first = false;
    yield event;
  }
}
