import { HUB_SOURCES } from '../data/hub-sources.js';
import { MANUAL_SOURCES } from '../data/manual-sources.js';
import type { TaskSpec } from '../task-spec.js';
import type { HubSource, ManualSource } from './source-spec.js';

/** Where a task's published rows can be had today. */
export type SourceToday =
  | ({ readonly kind: 'hub'; readonly config: string | undefined } & HubSource)
  | ({ readonly kind: 'manual' } & ManualSource)
  /** A dataset folder that the study's own repository ships. */
  | { readonly kind: 'folder'; readonly folder: string };

/**
 * Looks a task up in the tables of sources. A task of the user's own that names a data set of the hub is taken at its word: the
 * hub's conversion of it.
 */
export function sourceToday({ name, source }: TaskSpec): SourceToday {
  const byHand: ManualSource | undefined = Object.hasOwn(MANUAL_SOURCES, name)
    ? MANUAL_SOURCES[name as keyof typeof MANUAL_SOURCES]
    : undefined;
  if (byHand !== undefined) return { kind: 'manual', ...byHand };
  if (source.kind === 'local-arrow') return { kind: 'folder', folder: source.folder };
  if (source.kind === 'manual')
    return { kind: 'manual', page: 'the place the task names', how: 'Download its rows.', files: [source.file] };
  const known: HubSource = Object.hasOwn(HUB_SOURCES, source.path)
    ? HUB_SOURCES[source.path as keyof typeof HUB_SOURCES]
    : { repo: source.path, revision: 'refs/convert/parquet' };
  return { kind: 'hub', config: source.config, ...known };
}
