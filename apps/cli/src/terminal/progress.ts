import cliProgress from 'cli-progress';
import type { ProgressDisplay, ProgressState } from '../command.js';
import { formatRate, formatSeconds } from './format.js';

interface Terminal {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Rate and time left in words; empty until they are known. */
export function rateText({ perSecond, secondsLeft, unit }: ProgressState): string {
  if (perSecond === undefined || secondsLeft === undefined) return '';
  return `${formatRate(perSecond)} ${unit}/s, ${formatSeconds(secondsLeft)} left`;
}

/** A moving bar on a terminal; plain lines, at most one in five seconds, in a log. */
export function progressDisplay(
  stream: Terminal & NodeJS.WritableStream,
  clock = () => performance.now(),
): ProgressDisplay {
  return stream.isTTY ? barDisplay(stream) : lineDisplay(stream, clock);
}

function barDisplay(stream: NodeJS.WritableStream): ProgressDisplay {
  let bar: cliProgress.SingleBar | undefined;
  let title = '';
  const end = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    line(text) {
      end();
      stream.write(`${text}\n`);
    },
    update(state) {
      const payload = { rate: rateText(state), detail: state.detail ?? '', unit: state.unit };
      if (bar === undefined || title !== state.title) {
        end();
        title = state.title;
        bar = new cliProgress.SingleBar({
          format: `  ${title} {bar} {value}/{total} {unit}  {rate}  {detail}`,
          stream,
          hideCursor: true,
          clearOnComplete: true,
          linewrap: false,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          barsize: 24,
          fps: 10,
        });
        bar.start(state.total, state.done, payload);
      } else {
        bar.setTotal(state.total);
        bar.update(state.done, payload);
      }
    },
    end,
  };
}

const LINE_INTERVAL_MS = 5000;

function lineDisplay(stream: Terminal, clock: () => number): ProgressDisplay {
  let last = Number.NEGATIVE_INFINITY;
  return {
    line: (text) => void stream.write(`${text}\n`),
    update(state) {
      const now = clock();
      if (now - last < LINE_INTERVAL_MS) return;
      last = now;
      const parts = [`${state.done}/${state.total} ${state.unit}`, rateText(state), state.detail ?? ''].filter(Boolean);
      stream.write(`  ${state.title}: ${parts.join(', ')}\n`);
    },
    end() {},
  };
}
