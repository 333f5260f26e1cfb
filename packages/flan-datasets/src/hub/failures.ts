import type { ErrorKind } from '@flanlab/errors';
import { DatasetError, type DatasetErrorCode } from '../errors.js';

/** What a request was for, so that an error can name it. */
export interface RequestSubject {
  readonly endpoint: string;
  readonly repo: string;
  readonly revision?: string | undefined;
  readonly path?: string | undefined;
  readonly hasToken: boolean;
}

interface Failure {
  readonly code: DatasetErrorCode;
  readonly what: (subject: RequestSubject) => string;
  readonly why: (subject: RequestSubject) => string;
  readonly fix: (subject: RequestSubject) => string;
  readonly kind: ErrorKind;
}

const page = ({ endpoint, repo }: RequestSubject): string => `${endpoint}/datasets/${repo}`;
const tokens = ({ endpoint }: RequestSubject): string => `${endpoint}/settings/tokens`;
const LOG_IN = 'log in with `hf auth login` or set HF_TOKEN';

/** The causes that the hub's answers tell apart, each with the page to open. */
const FAILURES = {
  gated: {
    code: 'DATASET_HUB_GATED',
    what: ({ repo }) => `The data set ${repo} is gated.`,
    why: ({ hasToken }) =>
      hasToken
        ? 'The account behind the token has not been let in: each user accepts the terms once, in a browser.'
        : 'Its owner lets in only users who accept the terms, and no token was sent.',
    fix: (subject) =>
      `Open ${page(subject)}, accept the terms${subject.hasToken ? '' : `, and ${LOG_IN}`}; then try again.`,
    kind: 'environment',
  },
  private: {
    code: 'DATASET_HUB_PRIVATE',
    what: ({ repo }) => `The data set ${repo} cannot be seen ${'without permission'}.`,
    why: ({ hasToken }) =>
      hasToken
        ? 'The hub refuses the account behind the token.'
        : 'The hub asks to log in; it says the same of a private data set and of one that does not exist.',
    fix: (subject) =>
      subject.hasToken
        ? `Open ${page(subject)} with that account, and give the token the right to read it at ${tokens(subject)}.`
        : `Open ${page(subject)}: if the page exists for you, ${LOG_IN}; else correct the name.`,
    kind: 'environment',
  },
  token: {
    code: 'DATASET_HUB_TOKEN_INVALID',
    what: ({ repo }) => `The hub did not accept the token that was sent for ${repo}.`,
    why: () => 'It has expired, was revoked, or is no token of this hub.',
    fix: (subject) =>
      `Make a new one at ${tokens(subject)}, or unset HF_TOKEN and remove the token file for public data.`,
    kind: 'environment',
  },
  missing: {
    code: 'DATASET_HUB_MISSING',
    what: ({ repo }) => `There is no data set ${repo} on the hub.`,
    why: ({ hasToken }) =>
      hasToken
        ? 'The name is wrong, or it was renamed or deleted, or it is private and the token cannot see it.'
        : 'The name is wrong, or it was renamed or deleted.',
    fix: (subject) => `Open ${page(subject)} and take the name it has now.`,
    kind: 'input',
  },
  revision: {
    code: 'DATASET_HUB_REVISION_MISSING',
    what: ({ repo, revision }) => `The data set ${repo} has no revision ${revision ?? ''}.`.replace(' .', '.'),
    why: ({ revision }) =>
      revision === 'refs/convert/parquet'
        ? 'The hub has made no Parquet export of it: it has a loading script only, or the export failed.'
        : 'The branch, tag or commit does not exist, or no longer.',
    fix: (subject) => `Open ${page(subject)}/commits/main, or see docs/datasets.md for another source of the task.`,
    kind: 'input',
  },
  file: {
    code: 'DATASET_HUB_FILE_MISSING',
    what: ({ repo, path }) => `The data set ${repo} has no file ${path ?? ''}.`.replace(' .', '.'),
    why: ({ revision }) => `Revision ${revision ?? 'main'} does not hold it.`,
    fix: (subject) => `Open ${page(subject)}/tree/${encodeURIComponent(subject.revision ?? 'main')} to see its files.`,
    kind: 'input',
  },
} as const satisfies Record<string, Failure>;

export type FailureName = keyof typeof FAILURES;

/** The typed error of a cause. */
export function failure(name: FailureName, subject: RequestSubject, cause?: unknown): DatasetError {
  const { code, what, why, fix, kind }: Failure = FAILURES[name];
  return new DatasetError(code, { what: what(subject), why: why(subject), fix: fix(subject) }, { cause, kind });
}

/** What an answer that is not to be tried again means; undefined where trying again may help. */
export function causeOf(status: number, headers: Headers, { hasToken }: RequestSubject): FailureName | undefined {
  const code = headers.get('x-error-code');
  if (code === 'GatedRepo') return 'gated';
  if (code === 'RevisionNotFound') return 'revision';
  if (code === 'EntryNotFound') return 'file';
  const says = headers.get('x-error-message') ?? '';
  if (status === 401) {
    if (!hasToken) return 'private';
    // With a token, a repository that the account cannot see answers as one that is not there.
    return code === 'RepoNotFound' ? 'missing' : 'token';
  }
  if (status === 403) return /\bgated\b/i.test(says) ? 'gated' : 'private';
  if (code === 'RepoNotFound') return 'missing';
  if (status === 404 || status === 410) return 'missing';
  return undefined;
}
