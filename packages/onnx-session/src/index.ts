export { SESSION_ERROR_CODES, SessionError, type SessionErrorCode } from './errors.js';
export type { Finish, FinishContext, FinishFunction } from './finish.js';
export type { ExternalData, Provider, SessionOptions } from './options.js';
export { PROVIDERS, type ProbeOptions, type ProviderReport, probeProviders } from './probe.js';
export type { TensorInfo } from './protocol.js';
export { type OnnxSession, openSession, type PutOptions, type RunOptions } from './session.js';
export { ELEMENT_TYPES, type ElementType, elementCount, type Tensor, type TensorData } from './tensor.js';
