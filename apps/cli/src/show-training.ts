import type { TrainEvent } from '@flanlab/trainer';
import type { CommandContext } from './command.js';
import { CliError } from './errors.js';
import { formatBytes } from './terminal/format.js';

export interface TrainingOutcome {
  readonly steps: number;
  readonly loss: number;
  readonly evalLoss: number | null;
  /** The step whose parameters were saved: the last, or the best. */
  readonly savedStep: number;
}

/** Follows a training to its end with a bar, and opens its log once it has begun. */
export async function showTraining(
  events: AsyncIterable<TrainEvent>,
  { progress, log, logTo }: Pick<CommandContext, 'progress' | 'log' | 'logTo'>,
  logFile: string,
): Promise<TrainingOutcome> {
  let first: { readonly step: number; readonly time: number } | undefined;
  let evalLoss: number | null = null;
  for await (const event of events) {
    if (event.type !== 'step-end') log({ ...event }, event.type);
    switch (event.type) {
      case 'started': {
        logTo(logFile);
        const { data, step, totalSteps, trainedParameters, packedRows, memory } = event;
        first = { step, time: performance.now() };
        const from = step === 0 ? '' : `, going on after step ${step}`;
        progress.line(
          [
            `${trainedParameters} parameters`,
            `${data.usedRows} rows${packedRows === undefined ? '' : ` packed into ${packedRows}`}`,
            `${data.tokens} tokens`,
            `${data.learnToStop} rows end in a learned end of sequence`,
            `${totalSteps} steps${from}`,
            `about ${formatBytes(memory.totalBytes)} of memory`,
          ].join(', '),
        );
        break;
      }
      case 'warning':
        progress.line(`warning: ${event.message}`);
        break;
      case 'step-end': {
        const perSecond = (event.step - (first?.step ?? 0)) / ((performance.now() - (first?.time ?? 0)) / 1000);
        progress.update({
          title: 'train',
          done: event.step,
          total: event.totalSteps,
          unit: 'steps',
          detail: `loss ${event.loss.toFixed(3)}, ${Math.round(event.tokensPerSecond)} tokens/s`,
          perSecond,
          secondsLeft: (event.totalSteps - event.step) / perSecond,
        });
        break;
      }
      case 'evaluation-end':
        evalLoss = event.loss;
        progress.line(
          `step ${event.step}: validation loss ${event.loss.toFixed(4)}${event.isBest ? ', the best so far' : ''}`,
        );
        break;
      case 'checkpoint-saved':
        break;
      case 'stopped-early':
        progress.line(`step ${event.step}: stopped early, ${event.evaluations} evaluations brought no gain`);
        break;
      case 'interrupted':
        throw new CliError(
          'CLI_INTERRUPTED',
          {
            what: `Training was interrupted after step ${event.step}.`,
            why: 'It was asked to stop; a checkpoint is saved.',
            fix: 'Run the same command again: it goes on from there.',
          },
          { kind: 'interrupted' },
        );
      case 'finished':
        return { steps: event.step, loss: event.loss, evalLoss, savedStep: event.savedStep };
    }
  }
  throw new Error('The training ended without saying so.');
}
