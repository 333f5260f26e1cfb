import type { StageProgress } from '../events.js';

/** What a running stage gets. */
export interface StageContext {
  /** The stage's own folder: everything it leaves there is its output. What an earlier, killed run left is still there. */
  readonly folder: string;
  /** Folder of a finished stage that this one needs. */
  readonly input: (stage: string) => string;
  readonly signal?: AbortSignal;
}

/** One step of a study: what it depends on as data, and the work. */
export interface Stage {
  /** Also its folder below the run folder, such as `models/regular`. */
  readonly id: string;
  readonly needs: readonly string[];
  /** The part of the configuration that the result depends on; JSON. */
  readonly config: unknown;
  /** Packages whose code decides the result; what they depend on inside flanlab counts too. */
  readonly code: readonly string[];
  /** Folders of this package's own compiled code that decide the result too, such as `prompts`. */
  readonly ownCode?: readonly string[];
  /** Files or folders outside the run folder that it reads; asked for when the stage's turn comes. */
  readonly files?: readonly string[] | (() => Promise<readonly string[]>);
  /** Outputs (names, or folders with a final slash) that differ from run to run, such as logs with times. */
  readonly volatile?: readonly string[];
  /** Does the work; may be called again on its own unfinished folder and must then give the same outputs. */
  readonly run: (context: StageContext) => AsyncGenerator<StageProgress>;
}
