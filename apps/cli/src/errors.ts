import { FlanlabError } from '@flanlab/errors';

export const CLI_ERROR_CODES = [
  'CLI_USAGE',
  'CLI_VALUE_UNKNOWN',
  'CLI_CONFIG_INVALID',
  'CLI_ROW_INVALID',
  'CLI_INTERRUPTED',
] as const;

/** The command line, or a file it names, cannot be understood. */
export class CliError extends FlanlabError<(typeof CLI_ERROR_CODES)[number]> {}
