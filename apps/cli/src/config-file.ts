import { readFile } from 'node:fs/promises';
import { nearest, type Problem, problemList } from '@flanlab/errors';
import { withFileErrors } from '@flanlab/files';
import { parseYaml } from '@flanlab/study';
import type { OptionSpec, OptionTable } from './command.js';
import { CliError } from './errors.js';

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function valueProblem(spec: OptionSpec, value: unknown): string | undefined {
  const values: readonly unknown[] = spec.list && Array.isArray(value) ? value : [value];
  for (const one of values) {
    if (typeof one !== spec.type)
      return `must be ${spec.list ? 'a list of ' : 'a '}${spec.type}, not ${JSON.stringify(one)}`;
    if (spec.choices !== undefined && !spec.choices.includes(String(one))) {
      const near = nearest(String(one), spec.choices);
      return `must be one of ${spec.choices.join(', ')}, not "${String(one)}"${near === undefined ? '' : `; did you mean ${near}?`}`;
    }
  }
  return undefined;
}

/**
 * Reads the options of one command from a YAML file: its keys are the option names without the dashes in front.
 * @throws {CliError} `CLI_CONFIG_INVALID` with every problem at once
 */
export async function readOptionsFile(
  path: string,
  command: string,
  options: OptionTable,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await withFileErrors('read', path, () => readFile(path, 'utf8'));
  const settings = parseYaml(text, path) ?? {};
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  if (typeof settings !== 'object' || Array.isArray(settings)) {
    problems.push({ path: '', message: 'must be a mapping of option names to values' });
  } else {
    for (const [key, value] of Object.entries(settings)) {
      const name = kebab(key);
      const spec = options[name];
      if (spec === undefined) {
        const near = nearest(name, Object.keys(options));
        const hint = near === undefined ? `known are ${Object.keys(options).join(', ')}` : `did you mean ${near}?`;
        problems.push({ path: key, message: `flanlab ${command} has no such option; ${hint}` });
        continue;
      }
      const message = valueProblem(spec, value);
      if (message === undefined) values[name] = spec.list && Array.isArray(value) ? value.join(',') : value;
      else problems.push({ path: key, message });
    }
  }
  if (problems.length > 0) {
    throw new CliError(
      'CLI_CONFIG_INVALID',
      {
        what: `${path} does not fit flanlab ${command}.`,
        why: `${problems.length === 1 ? 'One setting is' : `${problems.length} settings are`} wrong:${problemList(problems)}`,
        fix: `Correct them; flanlab ${command} --help lists the options.`,
      },
      { kind: 'usage' },
    );
  }
  return values;
}
