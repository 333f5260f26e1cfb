import { nearest } from '@flanlab/errors';
import yargs, { type Argv } from 'yargs';
import type { Command, OptionSpec, OptionTable, ParsedArguments } from './command.js';
import { readOptionsFile } from './config-file.js';
import { CliError } from './errors.js';

export type ParsedCommandLine =
  | { readonly kind: 'run'; readonly command: Command; readonly args: ParsedArguments }
  /** Help or the version was asked for. */
  | { readonly kind: 'shown'; readonly text: string };

const usage = (what: string, why: string, fix: string) =>
  new CliError('CLI_USAGE', { what, why, fix }, { kind: 'usage' });

/** The command that the first one or two words name, and the words that remain. */
function findCommand(argv: readonly string[], commands: readonly Command[]): Command | undefined {
  const [first, second] = argv;
  return commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first);
}

/**
 * Turns a command line into a command and its checked arguments.
 * @throws {CliError} `CLI_USAGE` for an unknown command or option, with the nearest known one
 */
export async function parseCommandLine(
  argv: readonly string[],
  commands: readonly Command[],
  { version }: { readonly version: string },
): Promise<ParsedCommandLine> {
  const start = argv.findIndex((word) => !word.startsWith('-'));
  const words = start < 0 ? [] : argv.slice(start);
  if (argv[0] === '--version') return { kind: 'shown', text: version };
  const command = findCommand(words, commands);
  if (command === undefined) {
    const group = commands.filter(({ name }) => name.startsWith(`${words[0]} `));
    const helpWanted = argv.length === 0 || argv.includes('--help') || words[0] === 'help';
    if (helpWanted && (words.length === 0 || words[0] === 'help' || group.length > 0)) {
      return { kind: 'shown', text: overview(group.length > 0 ? group : commands, version) };
    }
    throw unknownCommand(words, commands, group);
  }
  const depth = command.name.split(' ').length;
  const rest = [...argv.slice(0, start), ...words.slice(depth)];
  if (rest.includes('--help') || rest.includes('-h')) return { kind: 'shown', text: await helpText(command) };
  return { kind: 'run', command, args: await parseOptions(command, rest) };
}

function unknownCommand(words: readonly string[], commands: readonly Command[], group: readonly Command[]): CliError {
  const inGroup = group.length > 0;
  const candidates = inGroup
    ? group.map(({ name }) => name.split(' ')[1]!)
    : commands.map(({ name }) => name.split(' ')[0]!);
  const typed = (inGroup ? words[1] : words[0])?.replace(/^-.*/, '') ?? '';
  const near = nearest(typed, candidates);
  const prefix = inGroup ? `flanlab ${words[0]}` : 'flanlab';
  return usage(
    typed === '' ? `${prefix} needs a command.` : `${prefix} has no command "${typed}".`,
    `It has: ${[...new Set(candidates)].join(', ')}.`,
    near === undefined || typed === '' ? `See ${prefix} --help.` : `Did you mean ${prefix} ${near}?`,
  );
}

function overview(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const rows = commands.map(({ name, describe }) => `  flanlab ${name.padEnd(width)}  ${describe}`);
  return [
    `flanlab ${version}: does instruction tuning teach a model anything that its base could not do in context?`,
    '',
    ...rows,
    '',
    'Each command explains itself with --help, prints data with --json, and takes its options from a YAML file with --config.',
    'Start with: flanlab quickstart',
  ].join('\n');
}

function describeOptions(parser: Argv, options: OptionTable): Argv {
  let result = parser;
  for (const [name, spec] of Object.entries(options)) {
    if (spec.positional) continue;
    result = result.option(name, {
      // A list may be written as a,b,c, so a number of it is read as text first.
      type: spec.list || spec.repeat ? 'string' : spec.type,
      describe: spec.list ? `${spec.describe} (comma-separated)` : spec.describe,
      requiresArg: spec.type !== 'boolean',
      ...(spec.choices === undefined || spec.list ? {} : { choices: spec.choices }),
      ...(spec.default === undefined ? {} : { default: spec.default }),
    });
  }
  return result
    .option('json', { type: 'boolean', default: false, describe: 'Print the result as JSON' })
    .option('config', { type: 'string', requiresArg: true, describe: 'YAML file; options given here win over it' });
}

function positionals(options: OptionTable): readonly string[] {
  return Object.keys(options).filter((name) => options[name]!.positional);
}

function newParser(command: Command, argv: readonly string[]): Argv {
  const names = positionals(command.options).map((name) => `<${name}>`);
  const parser = yargs([...argv])
    .scriptName('flanlab')
    .usage([`flanlab ${command.name}`, ...names, '[options]'].join(' '))
    .usage(`\n${command.describe}.`)
    .parserConfiguration({
      'camel-case-expansion': false,
      'duplicate-arguments-array': true,
      'parse-positional-numbers': false,
    })
    .wrap(100)
    .exitProcess(false)
    .showHelpOnFail(false)
    .version(false)
    .help(false);
  return describeOptions(parser, command.options);
}

async function helpText(command: Command): Promise<string> {
  const lines = Object.entries(command.options)
    .filter(([, spec]) => spec.positional)
    .map(([name, spec]) => `  ${name.padEnd(16)} ${spec.describe}`);
  const help = await newParser(command, []).getHelp();
  const examples = command.examples.map(({ args, describe }) => `  # ${describe}\n  flanlab ${args}`);
  const page = lines.length === 0 ? help : help.replace('Options:', `Arguments:\n${lines.join('\n')}\n\nOptions:`);
  // Whole lines, to be copied; yargs' own table of examples would break them.
  return `${page}\n\nExamples:\n${examples.join('\n')}`;
}

async function parseOptions(command: Command, argv: readonly string[]): Promise<ParsedArguments> {
  const options = command.options;
  rejectUnknownOptions(command, argv);
  let parser = newParser(command, argv);
  const given = (await newParser(command, argv)
    .fail(() => {})
    .parseAsync()) as Readonly<Record<string, unknown>>;
  if (typeof given.config === 'string' && command.readsStudy === undefined) {
    parser = parser.config(await readOptionsFile(given.config, command.name, options));
  }
  const parsed = (await parser
    .fail((message, error) => {
      if (error) throw error;
      throw usage(
        `flanlab ${command.name} cannot take these options.`,
        tidy(message, options),
        `See flanlab ${command.name} --help.`,
      );
    })
    .parseAsync()) as { readonly _: readonly (string | number)[] } & Readonly<Record<string, unknown>>;
  const values: Record<string, unknown> = {};
  const names = positionals(options);
  const words = parsed._.map(String);
  if (words.length > names.length) {
    const extra = words.slice(names.length).join(' ');
    throw usage(
      `flanlab ${command.name} does not know what to do with "${extra}".`,
      names.length === 0 ? 'It takes options only.' : `It takes ${names.join(', ')} and options.`,
      'Quote text with spaces in it, and put -- or an option name before values.',
    );
  }
  for (const [name, spec] of Object.entries(options)) {
    const value = spec.positional ? (words[names.indexOf(name)] ?? parsed[name]) : parsed[name];
    values[name] = readValue(command.name, name, spec, value);
  }
  requireValues(command, values);
  return { ...values, config: parsed.config } as unknown as ParsedArguments;
}

/** yargs lists unknown options only after other checks and without suggestions: look before it does. */
function rejectUnknownOptions(command: Command, argv: readonly string[]): void {
  const known = [...Object.keys(command.options), 'json', 'config', 'help'];
  const end = argv.indexOf('--');
  const unknown = (end < 0 ? argv : argv.slice(0, end))
    .filter((word) => word.startsWith('--') && word.length > 2)
    .map((word) => word.slice(2).split('=')[0]!)
    .filter((name) => !known.includes(name) && !(name.startsWith('no-') && known.includes(name.slice(3))));
  if (unknown.length === 0) return;
  const hints = unknown.map((name) => nearest(name, known)).filter((name) => name !== undefined);
  throw usage(
    `flanlab ${command.name} has no option ${unknown.map((name) => `--${name}`).join(', ')}.`,
    `It has: ${known.map((name) => `--${name}`).join(', ')}.`,
    hints.length === 0
      ? `See flanlab ${command.name} --help.`
      : `Did you mean ${hints.map((name) => `--${name}`).join(', ')}?`,
  );
}

function readValue(command: string, name: string, spec: OptionSpec, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (spec.repeat) return [value].flat().map(String);
  if (!spec.list && Array.isArray(value)) {
    throw usage(`--${name} was given ${value.length} times.`, `flanlab ${command} takes it once.`, 'Leave one.');
  }
  const items = spec.list
    ? [value]
        .flat()
        .flatMap((text) => String(text).split(','))
        .map((text) => text.trim())
        .filter(Boolean)
    : [value];
  const read = items.map((item) => {
    if (spec.choices !== undefined && !spec.choices.includes(String(item))) {
      const near = nearest(String(item), spec.choices);
      throw new CliError(
        'CLI_VALUE_UNKNOWN',
        {
          what: `${spec.positional ? name : `--${name}`} cannot be "${String(item)}".`,
          why: `Known are ${spec.choices.join(', ')}.`,
          fix: near === undefined ? 'Choose one of these.' : `Did you mean ${near}?`,
        },
        { kind: 'usage' },
      );
    }
    if (spec.type !== 'number') return item;
    const number = typeof item === 'number' ? item : Number(item);
    if (Number.isNaN(number)) {
      throw usage(`--${name} needs a number.`, `It was given "${String(item)}".`, `See flanlab ${command} --help.`);
    }
    return number;
  });
  return spec.list ? read : read[0];
}

function requireValues(command: Command, values: Readonly<Record<string, unknown>>): void {
  const missing = Object.entries(command.options).filter(([name, spec]) => spec.required && values[name] === undefined);
  if (missing.length === 0) return;
  const names = missing.map(([name, spec]) => (spec.positional ? name : `--${name}`));
  throw usage(
    `flanlab ${command.name} needs ${names.join(', ')}.`,
    `${names.length === 1 ? 'It was' : 'They were'} not given, neither here nor in a --config file.`,
    `For example: flanlab ${command.examples[0]!.args}`,
  );
}

/** yargs' own words for a wrong choice span lines; ours fit one, with the nearest choice. */
function tidy(message: string, options: OptionTable): string {
  const choice = /Argument: ([\w-]+), Given: "([^"]*)", Choices:/.exec(message);
  const spec = choice === null ? undefined : options[choice[1]!];
  if (choice === null || spec?.choices === undefined) return message;
  const near = nearest(choice[2]!, spec.choices);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return `--${choice[1]} cannot be "${choice[2]}"; known are ${spec.choices.join(', ')}.${hint}`;
}
