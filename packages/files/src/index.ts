export { exists, makeFolder, writeFileAtomic, writeFolderAtomic } from './atomic.js';
export {
  appendDelimitedRow,
  type DelimitedTable,
  type Delimiter,
  formatDelimitedRow,
  parseDelimited,
  readDelimited,
  writeDelimited,
} from './delimited.js';
export { FILES_ERROR_CODES, FilesError, toFilesError, withFileErrors } from './errors.js';
export { hashBytes, hashFile, hashFolder, hashJson } from './hash.js';
export {
  type JsonLinesAppender,
  openJsonLinesAppender,
  type ReadJsonOptions,
  readJson,
  readJsonLineBatches,
  readJsonLines,
  writeJson,
  writeJsonLines,
} from './json.js';
export { type ReadLinesOptions, readLineBatches } from './lines.js';
export { type LockOptions, withLock } from './lock.js';
export { parseOrderedJson } from './ordered-json.js';
export { stableStringify } from './stable-stringify.js';
