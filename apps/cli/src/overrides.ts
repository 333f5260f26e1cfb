import { type Override, parseOverride } from '@flanlab/study';
import { CliError } from './errors.js';

/**
 * Reads the values of `--set`.
 * @param example of the command, for the message
 * @throws {CliError} `CLI_USAGE` for one without a path
 */
export function readOverrides(texts: readonly string[] | undefined, example: string): readonly Override[] {
  return (texts ?? []).map((text) => {
    const override = parseOverride(text);
    if (override !== undefined) return override;
    throw new CliError(
      'CLI_USAGE',
      {
        what: `--set cannot read "${text}".`,
        why: 'It has no path before an equals sign.',
        fix: `Write for example --set ${example}.`,
      },
      { kind: 'usage' },
    );
  });
}
