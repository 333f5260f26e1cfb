import { type Html, html, rawHtml } from '../html.js';
import type { CurvePoint } from '../study-report.js';
import { linearScale, px } from './scale.js';

const WIDTH = 380;
const HEIGHT = 235;
const MARGIN = { top: 14, right: 16, bottom: 36, left: 44 };
/** Share of the curve on either side that enters each smoothed value; the raw values stay visible behind it. */
const SMOOTHED_SHARE = 0.025;
/** More points than pixels only make the file bigger. */
const MOST_POINTS = 400;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Mean of the values around each, as many before as after, so that a falling curve is not shifted; fewer at the ends. */
export function smooth(values: readonly number[]): number[] {
  const sums = [0];
  for (const value of values) sums.push(sums.at(-1)! + value);
  const reach = Math.floor(values.length * SMOOTHED_SHARE);
  return values.map((_, index) => {
    const side = Math.min(reach, index, values.length - 1 - index);
    return (sums[index + side + 1]! - sums[index - side]!) / (2 * side + 1);
  });
}

function thin(points: readonly Point[]): readonly Point[] {
  if (points.length <= MOST_POINTS) return points;
  const stride = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, k) => points[Math.round(k * stride)]!);
}

const path = (points: readonly Point[]): string =>
  thin(points)
    .map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${px(x)} ${px(y)}`)
    .join('');

/** Loss over steps: raw training loss faintly, its running mean on top, evaluation loss as dots. */
export function lineChart(curve: readonly CurvePoint[], label: string): Html {
  const losses = curve.flatMap(({ step, loss }) =>
    loss === undefined || !Number.isFinite(loss) ? [] : [{ step, loss }],
  );
  const evaluations = curve.flatMap(({ step, evalLoss }) =>
    evalLoss === undefined || !Number.isFinite(evalLoss) ? [] : [{ step, loss: evalLoss }],
  );
  if (losses.length + evaluations.length === 0) return html`<p class="empty">No loss was logged.</p>`;
  const x = linearScale(
    [...losses, ...evaluations].map(({ step }) => step),
    {
      from: MARGIN.left,
      to: WIDTH - MARGIN.right,
    },
  );
  const y = linearScale(
    [...losses, ...evaluations].map(({ loss }) => loss),
    { from: HEIGHT - MARGIN.bottom, to: MARGIN.top },
  );
  const place = ({ step, loss }: { step: number; loss: number }): Point => ({ x: x.at(step), y: y.at(loss) });
  const smoothed = smooth(losses.map(({ loss }) => loss)).map((loss, index) =>
    place({ step: losses[index]!.step, loss }),
  );
  const last = losses.at(-1);
  const summary =
    last === undefined
      ? ''
      : `: ${losses[0]!.loss.toFixed(2)} at the start, ${last.loss.toFixed(2)} at step ${last.step}`;
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Loss of ${label}${summary}">
${y.ticks.map(
  (
    tick,
  ) => html`<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${px(y.at(tick))}" y2="${px(y.at(tick))}"/>
<text class="tick" x="${MARGIN.left - 8}" y="${px(y.at(tick) + 3.5)}" text-anchor="end">${tick}</text>`,
)}
${x.ticks.map((tick) => html`<text class="tick" x="${px(x.at(tick))}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${tick.toLocaleString('en')}</text>`)}
<text class="axis" x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 3}" text-anchor="middle">optimizer step</text>
<path class="raw" d="${rawHtml(path(losses.map(place)))}"/>
<path class="smooth" d="${rawHtml(path(smoothed))}"/>
${evaluations.map((evaluation) => {
  const at = place(evaluation);
  return html`<circle class="eval" cx="${px(at.x)}" cy="${px(at.y)}" r="3.6"><title>evaluation loss ${evaluation.loss.toFixed(3)} at step ${evaluation.step}</title></circle>`;
})}
</svg>`;
}
