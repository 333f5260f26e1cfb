import { join } from 'node:path';
import { writeJson } from '@flanlab/files';
import {
  type FetchManifest,
  type FetchResult,
  fetchTasks,
  type HubOptions,
  locateSplit,
  type SourceToday,
  sourceToday,
} from '@flanlab/flan-datasets';
import type { StudyConfig } from '../config/schema.js';
import type { Stage } from '../engine/stage.js';
import { StudyError, throwIfInterrupted } from '../errors.js';
import { DATA_STAGE, FETCHED_FILE } from './places.js';
import { type StudyTasks, taskFileOf } from './study-tasks.js';

/** What `fetched.json` says of one split: enough to fetch the same bytes again. */
export interface FetchedSplit {
  readonly task: string;
  readonly split: string;
  /** Data set and revision asked for, or page of the download. */
  readonly from: string;
  readonly rows: number;
  /** With the commit that the revision stood at, and the hash of each file; null for what was downloaded by hand. */
  readonly manifest: FetchManifest | null;
  readonly warnings: readonly string[];
}

/**
 * Brings the published rows of a study's tasks from the hub into the run folder, by way of the hub's cache, and notes the commits
 * they came from: what later stages read does not change when a data set does.
 */
export function dataStage(config: StudyConfig, tasks: StudyTasks, hub: HubOptions | undefined): Stage {
  const wanted = tasks.splits(tasks.all.filter(tasks.isFetched));
  return {
    id: DATA_STAGE,
    needs: [],
    config: wanted.map(({ task, split }) => ({ task: task.name, split, from: placeOf(sourceToday(task)) })),
    code: ['@flanlab/flan-datasets'],
    files: async () => {
      const { manual } = config.data;
      const byHand = wanted.map(({ task, split }) => locateSplit(task, { split, source: 'hub', manualFolder: manual }));
      const found = (await Promise.all(byHand)).filter((path) => path !== undefined);
      return [...new Set([...taskFileOf(config), ...found])];
    },
    // Says also what came over the network; the rows are what counts.
    volatile: [FETCHED_FILE],
    async *run({ folder, signal }) {
      const total = wanted.length;
      const fetched: FetchedSplit[] = [];
      const failed: FetchResult[] = [];
      let done = 0;
      let current = '';
      let warnings: string[] = [];
      try {
        for await (const event of fetchTasks(wanted, {
          hub,
          manualFolder: config.data.manual,
          outFolder: folder,
          signal,
        })) {
          if (event.kind === 'split') {
            [done, current, warnings] = [event.number - 1, `${event.task} ${event.split}`, []];
            yield { done, total, unit: 'splits', detail: current };
          } else if (event.kind === 'rows') {
            yield { done, total, unit: 'splits', detail: `${current}: ${event.total} rows` };
          } else if (event.kind === 'retry' && event.waitMs > 0) {
            const seconds = Math.ceil(event.waitMs / 1000);
            yield { done, total, unit: 'splits', detail: `${current}: ${event.why}; trying again in ${seconds} s` };
          } else if (event.kind === 'warning') {
            warnings.push(event.text);
          } else if (event.kind === 'result') {
            const { task, split, from, rows, manifest, error } = event.result;
            if (error === null) fetched.push({ task, split, from, rows, manifest, warnings });
            else failed.push(event.result);
          }
        }
      } catch (error) {
        throwIfInterrupted(signal);
        throw error;
      }
      if (failed.length > 0) throw incomplete(failed, total);
      await writeJson(join(folder, FETCHED_FILE), fetched);
      const rows = fetched.reduce((sum, split) => sum + split.rows, 0);
      yield { done: total, total, unit: 'splits', detail: `${rows} rows` };
    },
  };
}

/** What decides which rows a task has: not how its source is explained. */
function placeOf(today: SourceToday): unknown {
  if (today.kind === 'hub') {
    const { repo, revision, config = null, files = null } = today;
    return { repo, revision, config, files };
  }
  return today.kind === 'manual' ? { files: today.files } : { folder: today.folder };
}

function incomplete(failed: readonly FetchResult[], total: number): StudyError {
  const lines = failed.map(
    ({ task, split, error }) => `${task} (${split}): ${error?.code}: ${error?.what} ${error?.why}`,
  );
  const fixes = [...new Set(failed.map(({ error }) => error?.fix ?? ''))];
  return new StudyError(
    'STUDY_DATA_INCOMPLETE',
    {
      what: `The rows of ${failed.length} of ${total} splits could not be fetched.`,
      why: lines.join('\n  '),
      fix: `${fixes.join('\n  ')}\nThen run the same command again: what was fetched is kept.`,
    },
    { kind: 'environment' },
  );
}
