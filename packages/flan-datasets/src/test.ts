export {
  type Fault,
  type SeenRequest,
  startTestHub,
  type TestBytes,
  type TestCommit,
  type TestHub,
  type TestRepo,
  testBytes,
} from './hub/test-hub.js';
export { parquetBytes } from './hub/test-rows.js';
