import { DatasetError } from '../errors.js';

/**
 * The parts of a file's name in a repository, once it is sure that joining them to a folder stays inside that folder on every
 * system.
 * @throws {DatasetError} `DATASET_HUB_PATH_UNSAFE`
 */
export function safePathParts(path: string, repo: string): readonly string[] {
  const parts = path.split('/');
  const fault = parts.map(faultOf).find((found) => found !== undefined);
  if (fault === undefined && path.length <= 1024) return parts;
  throw new DatasetError('DATASET_HUB_PATH_UNSAFE', {
    what: `The data set ${repo} names a file ${JSON.stringify(path.slice(0, 120))}, which is not written.`,
    why: fault ?? 'The name has more than 1,024 characters.',
    fix: 'Use another source for these rows, and report the data set to the hub.',
  });
}

function faultOf(part: string): string | undefined {
  if (part === '') return 'A part of the path is empty, or it starts at the root.';
  if (part === '.' || part === '..') return 'It leads out of its folder.';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f\\:]/.test(part)) return 'It holds a backslash, a colon or a control character.';
  if (part.length > 255) return 'A part of it has more than 255 characters.';
  return undefined;
}

/**
 * The name of a data set, `name` or `owner/name`, once it is sure that it is nothing else.
 * @throws {DatasetError} `DATASET_HUB_MISSING`
 */
export function checkedRepo(repo: string): string {
  if (/^[\w-][\w.-]{0,95}(\/[\w-][\w.-]{0,95})?$/.test(repo) && !/--|\.\./.test(repo)) return repo;
  throw new DatasetError('DATASET_HUB_MISSING', {
    what: `There is no data set ${JSON.stringify(repo.slice(0, 120))} on the hub.`,
    why: 'No name there looks like that: it is `owner/name` of letters, digits, `-`, `_` and `.`.',
    fix: 'Copy the name from the page of the data set.',
  });
}
