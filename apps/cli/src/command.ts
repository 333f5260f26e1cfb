/** One option or positional argument of a command, as data: yargs, `--config` and the help all read it. */
export interface OptionSpec {
  readonly type: 'string' | 'number' | 'boolean';
  readonly describe: string;
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean;
  readonly required?: true;
  /** May be given several times, or as a comma-separated list. */
  readonly list?: true;
  /** May be given several times; commas are part of the value. */
  readonly repeat?: true;
  /** Named in the command itself, such as `score TASK`. */
  readonly positional?: true;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

type Scalar<Spec extends OptionSpec> = Spec extends { readonly type: 'number' }
  ? number
  : Spec extends { readonly type: 'boolean' }
    ? boolean
    : Spec extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : string;
type Given<Spec extends OptionSpec> = Spec extends { readonly list: true } | { readonly repeat: true }
  ? readonly Scalar<Spec>[]
  : Scalar<Spec>;

/** The parsed values of an option table: optional where there is neither a default nor `required`. */
export type Arguments<Options extends OptionTable> = {
  readonly [Name in keyof Options]:
    | Given<Options[Name]>
    | (Options[Name] extends { readonly required: true } | { readonly default: unknown } ? never : undefined);
};

/** Parsed values of any command, `--config` included. */
export type ParsedArguments = Arguments<OptionTable> & { readonly config: string | undefined };

/** How a command reaches the world, so that tests can stand in for it. */
export interface CommandContext {
  /** Fires when the user or the system asks to stop. */
  readonly signal: AbortSignal;
  /** Readable lines and bars on stderr. */
  readonly progress: ProgressDisplay;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether results on stdout may be coloured. */
  readonly colour: boolean;
  /** Starts the log file of a run folder; lines written before are kept. */
  readonly logTo: (file: string) => void;
  readonly log: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

/** Where long work shows how far it is. */
export interface ProgressDisplay {
  line: (text: string) => void;
  update: (state: ProgressState) => void;
  /** Ends the bar of the current piece of work. */
  end: () => void;
}

export interface ProgressState {
  readonly title: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly detail?: string;
  readonly perSecond?: number;
  readonly secondsLeft?: number;
}

/** What a command says at the end: `data` with `--json`, else `text`. */
export interface CommandOutput {
  readonly data: unknown;
  readonly text: string;
  /** What the process ends with: 0 when left out. For commands whose result lists failures. */
  readonly exitCode?: number;
}

export interface Command<Options extends OptionTable = OptionTable> {
  /** As typed after `flanlab`, without positionals: `mix build`. */
  readonly name: string;
  readonly describe: string;
  readonly options: Options;
  /** Run by a test in a folder with the test's small files; the first is shown first. */
  readonly examples: readonly { readonly args: string; readonly describe: string }[];
  /** `--config` names a study's YAML file, which the command reads itself, instead of a file of its own options. */
  readonly readsStudy?: true;
  readonly run: (
    args: Arguments<Options> & { readonly config: string | undefined },
    context: CommandContext,
  ) => Promise<CommandOutput>;
}

/** Keeps the exact option types for `run`, then forgets them, so that commands fit in one table. */
export function defineCommand<const Options extends OptionTable>(command: Command<Options>): Command {
  return command as unknown as Command;
}
