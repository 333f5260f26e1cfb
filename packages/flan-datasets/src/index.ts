export { checkTask, type RowProblem, type TaskCheck } from './check-task.js';
export { inClusterOrder } from './cluster-order.js';
export type { Licence } from './data/licences.js';
export type { Paper } from './data/papers.js';
export type { Provenance } from './data/provenance.js';
export { TASKS, type TaskExample, type TaskName, type TaskRow } from './data/tasks.js';
export { embeddedDataDir } from './embedded.js';
export { DATASET_ERROR_CODES, DatasetError, type DatasetErrorCode } from './errors.js';
export type { Example } from './example-types.js';
export { findTask, TASK_NAMES } from './find-task.js';
export { type HubSplitQuery, type PositionedRow, readHubSplit } from './hub/read-split.js';
export { type HubOptions, type HubSettings, hubSettings } from './hub/settings.js';
export {
  type Dataset,
  datasetFolderKind,
  readDataset,
  readSplitNames,
  type WriteDatasetOptions,
  writeDataset,
  writeDatasetDict,
} from './io/dataset-folder.js';
export { type Feature, type Features, inferFeatures, type ScalarType, TEXT } from './io/features.js';
export { openRowTable, type RowTable } from './io/row-table.js';
export {
  type ReadRowsOptions,
  ROW_FILE_EXTENSIONS,
  readRowBatches,
  readRows,
  type WriteRowsOptions,
  writeRows,
} from './io/rows.js';
export { firstAnswer, letterKey, optionAt, textOf } from './label-rules.js';
export { type LoadExamplesOptions, loadExamples } from './load-examples.js';
export {
  findSplit,
  type LoadProgress,
  type LoadTaskOptions,
  loadTask,
  loadTaskBatches,
  locateSplit,
  type NormalisedOptions,
  type RowRequest,
  type RowSource,
} from './load-task.js';
export { materialiseTask } from './materialise-task.js';
export { normaliseRow } from './normalise.js';
export { fixedOptions, listedOptions, optionColumns } from './options-rules.js';
export { pythonText } from './python-text.js';
export { firstOfList, joinedList, quoted, quotedOnce } from './rewrites.js';
export { type FieldValue, isList, isStruct, type Row } from './row.js';
export type { Cell, ColumnType, ColumnTypes, RowOf } from './row-types.js';
export type { Said } from './saying.js';
export { type FetchEvent, type FetchTaskOptions, fetchTask } from './sources/fetch-task.js';
export { type FetchResult, type FetchTasksEvent, type FetchTasksOptions, fetchTasks } from './sources/fetch-tasks.js';
export { type HubRowsOptions, hubRows } from './sources/hub-rows.js';
export type {
  FetchedFile,
  FetchManifest,
  RowPosition,
  SourceEvent,
} from './sources/source-events.js';
export type { HubSource, ManualSource } from './sources/source-spec.js';
export { type SourceToday, sourceToday } from './sources/task-source.js';
export { PARTITION_SEED, partitionIndices, type SplitUse, splitFor, storedSplit } from './splits.js';
export {
  add,
  compute,
  flatten,
  keep,
  mapColumn,
  remove,
  rename,
  takeFirst,
} from './steps.js';
export { defineTask, type OwnTaskEntry } from './task-file/define-task.js';
export { findTaskIn, readTaskFile } from './task-file/own-tasks.js';
export {
  type CarriedText,
  INDEX_COLUMNS,
  type LabelInput,
  type LabelRule,
  type MetricName,
  type Mode,
  type MultipleChoiceSpec,
  type OptionLabel,
  type OptionsRule,
  type PromptSpec,
  type Rewrite,
  type SplitRule,
  type Step,
  TASK_CLUSTERS,
  type TaskCategory,
  type TaskCluster,
  type TaskGroup,
  type TaskSource,
  type TaskSpec,
  type TemplateTarget,
  type TypedStep,
} from './task-spec.js';
export { describeTask, optionsText, sourceLine, type TaskDescription, tasksPage } from './tasks-page.js';
export {
  type FieldView,
  promptSpec,
  type RowView,
  RowViewer,
  rowViewer,
  type ViewOptions,
  viewRow,
} from './view-row.js';
