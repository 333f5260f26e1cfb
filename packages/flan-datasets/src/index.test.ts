import { expect, it } from 'vitest';
import * as api from './index.js';

it('exports these names', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "DATASET_ERROR_CODES",
      "DatasetError",
      "INDEX_COLUMNS",
      "PARTITION_SEED",
      "ROW_FILE_EXTENSIONS",
      "TASKS",
      "TASK_CLUSTERS",
      "TASK_NAMES",
      "TEXT",
      "datasetFolderKind",
      "embeddedDataDir",
      "fetchTask",
      "fetchTasks",
      "findSplit",
      "findTask",
      "hubRows",
      "hubSettings",
      "inferFeatures",
      "isList",
      "isStruct",
      "loadTask",
      "normaliseRow",
      "partitionIndices",
      "promptSpec",
      "pythonText",
      "readDataset",
      "readHubSplit",
      "readRowBatches",
      "readRows",
      "readSplitNames",
      "sourceToday",
      "splitFor",
      "storedSplit",
      "viewRow",
      "writeDataset",
      "writeDatasetDict",
      "writeRows",
    ]
  `);
});
