/** How far a stage is: `done` of `total` units, and what one unit is ("steps", "rows", …). */
export interface StageProgress {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** A few words on the current state, such as "loss 3.21". */
  readonly detail?: string;
}

/** What {@link runStudy} reports while it works, in the order things happen. */
export type StudyEvent =
  | { readonly type: 'study-started'; readonly dir: string; readonly stages: readonly string[] }
  | { readonly type: 'stage-skipped'; readonly stage: string; readonly seconds: number }
  | { readonly type: 'stage-started'; readonly stage: string; readonly why: string; readonly resumed: boolean }
  | ({
      readonly type: 'stage-progress';
      readonly stage: string;
      /** Units a second since the stage started or went on; absent until it can be told. */
      readonly perSecond?: number;
      readonly secondsLeft?: number;
    } & StageProgress)
  | { readonly type: 'stage-finished'; readonly stage: string; readonly seconds: number; readonly outputs: number }
  | { readonly type: 'study-finished'; readonly dir: string; readonly ran: number; readonly skipped: number };
