import { FlanlabError } from '@flanlab/errors';

export const FILES_ERROR_CODES = [
  'FILES_NOT_FOUND',
  'FILES_NO_PERMISSION',
  'FILES_READ_ONLY',
  'FILES_NO_SPACE',
  'FILES_NOT_A_FOLDER',
  'FILES_IS_A_FOLDER',
  'FILES_EXISTS',
  'FILES_IO',
  'FILES_JSON_INVALID',
  'FILES_LINE_TOO_LONG',
  'FILES_TEXT_INVALID',
  'FILES_DELIMITED_INVALID',
] as const;

/** A file could not be read or written, or its text is not what its name promises. */
export class FilesError extends FlanlabError<(typeof FILES_ERROR_CODES)[number]> {}

interface SystemFailure {
  readonly code: (typeof FILES_ERROR_CODES)[number];
  readonly why: string;
  readonly fix: string;
  readonly kind: 'input' | 'environment';
}

/** What the operating system's error names mean to a person. */
const SYSTEM_FAILURES = {
  ENOENT: {
    code: 'FILES_NOT_FOUND',
    why: 'No file or folder has that name.',
    fix: 'Check the path for a typo, or run the stage that makes it.',
    kind: 'input',
  },
  ENOTDIR: {
    code: 'FILES_NOT_A_FOLDER',
    why: 'A part of the path that must be a folder is a file.',
    fix: 'Choose another folder.',
    kind: 'input',
  },
  EISDIR: {
    code: 'FILES_IS_A_FOLDER',
    why: 'The path names a folder, and a file is needed.',
    fix: 'Name a file.',
    kind: 'input',
  },
  EEXIST: {
    code: 'FILES_EXISTS',
    why: 'Something with that name is there already.',
    fix: 'Remove it, or choose another name.',
    kind: 'input',
  },
  ENOTEMPTY: {
    code: 'FILES_EXISTS',
    why: 'A folder with that name and with content is there already.',
    fix: 'Remove it, or choose another name.',
    kind: 'input',
  },
  EACCES: {
    code: 'FILES_NO_PERMISSION',
    why: 'This user may not do that there.',
    fix: 'Change the permissions, or choose another folder.',
    kind: 'environment',
  },
  EPERM: {
    code: 'FILES_NO_PERMISSION',
    why: 'The system does not allow that there.',
    fix: 'Change the permissions, or choose another folder.',
    kind: 'environment',
  },
  EROFS: {
    code: 'FILES_READ_ONLY',
    why: 'The file system is read-only.',
    fix: 'Choose a folder that can be written.',
    kind: 'environment',
  },
  ENOSPC: {
    code: 'FILES_NO_SPACE',
    why: 'The disk is full.',
    fix: 'Free some space, or choose a folder on another disk, and start again: finished work is kept.',
    kind: 'environment',
  },
  EDQUOT: {
    code: 'FILES_NO_SPACE',
    why: 'The disk quota is used up.',
    fix: 'Free some space, or choose a folder elsewhere, and start again: finished work is kept.',
    kind: 'environment',
  },
} as const satisfies Record<string, SystemFailure>;

/** Turns an error of the file system into a {@link FilesError}; typed errors pass through unchanged. */
export function toFilesError(error: unknown, action: string, path: string): Error {
  if (!(error instanceof Error) || !('syscall' in error || 'errno' in error) || !('code' in error)) {
    return error instanceof Error ? error : new Error(String(error));
  }
  const known = SYSTEM_FAILURES[String(error.code) as keyof typeof SYSTEM_FAILURES] as SystemFailure | undefined;
  return new FilesError(
    known?.code ?? 'FILES_IO',
    {
      what: `Cannot ${action} ${path}.`,
      why: known?.why ?? `The system says: ${error.message}.`,
      fix: known?.fix ?? 'Check the disk and the path, then try again.',
    },
    { cause: error, kind: known?.kind ?? 'environment' },
  );
}

/** Runs a file operation and names it, and its path, in the error. */
export async function withFileErrors<T>(action: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw toFilesError(error, action, path);
  }
}
