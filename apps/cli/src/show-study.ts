import type { StudyEvent } from '@flanlab/study';
import type { CommandContext } from './command.js';
import { formatSeconds } from './terminal/format.js';

export interface StageOutcome {
  readonly stage: string;
  readonly seconds: number;
  readonly skipped: boolean;
}

/** Follows a study to its end: a bar or lines for people, JSON lines in the log. @returns what became of each stage */
export async function showStudy(
  events: AsyncIterable<StudyEvent>,
  { progress, log }: Pick<CommandContext, 'progress' | 'log'>,
): Promise<readonly StageOutcome[]> {
  const outcomes: StageOutcome[] = [];
  for await (const event of events) {
    if (event.type !== 'stage-progress') log({ ...event }, event.type);
    switch (event.type) {
      case 'study-started':
        progress.line(`Study in ${event.dir}: ${event.stages.length} stages`);
        break;
      case 'stage-skipped':
        progress.line(`  ${event.stage}: up to date`);
        outcomes.push({ stage: event.stage, seconds: event.seconds, skipped: true });
        break;
      case 'stage-started':
        progress.line(`  ${event.stage} ${event.resumed ? 'goes on' : 'starts'}: ${event.why}`);
        break;
      case 'stage-progress':
        progress.update({ title: event.stage, ...event });
        break;
      case 'stage-finished':
        progress.end();
        progress.line(`  ${event.stage}: done in ${formatSeconds(event.seconds)}`);
        outcomes.push({ stage: event.stage, seconds: event.seconds, skipped: false });
        break;
      case 'study-finished':
        progress.line(`${event.ran} stages run, ${event.skipped} were up to date`);
    }
  }
  return outcomes;
}
