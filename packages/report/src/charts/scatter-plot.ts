import { type Html, html, oneDigit } from '../html.js';
import { linearScale, px } from './scale.js';

const SIZE = 470;
const MARGIN = { top: 16, right: 18, bottom: 46, left: 52 };
const LABEL_HEIGHT = 12;
const LETTER_WIDTH = 6.1;

export interface ScatterPoint {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly xInterval: { readonly low: number; readonly high: number } | null;
  readonly yInterval: { readonly low: number; readonly high: number } | null;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Places each label where it covers no point and no earlier label, if there is such a place. */
export function placeLabels(
  points: readonly { readonly x: number; readonly y: number; readonly label: string }[],
  area: Box,
): readonly { readonly x: number; readonly y: number }[] {
  const taken: Box[] = points.map(({ x, y }) => ({ x: x - 5, y: y - 5, width: 10, height: 10 }));
  const inside = (box: Box): boolean =>
    box.x >= area.x &&
    box.y >= area.y &&
    box.x + box.width <= area.x + area.width &&
    box.y + box.height <= area.y + area.height;
  return points.map(({ x, y, label }, own) => {
    const width = label.length * LETTER_WIDTH;
    const candidates: Box[] = [];
    for (const distance of [0, 10, 22, 36]) {
      // Off the axes of the point, where the whiskers are: above first, then below, then further away.
      for (const dy of [-LABEL_HEIGHT - 4 - distance, 4 + distance]) {
        for (const dx of [7 + distance / 2, -7 - width - distance / 2]) {
          candidates.push({ x: x + dx, y: y + dy, width, height: LABEL_HEIGHT });
        }
      }
    }
    const free = candidates.find(
      (box) => inside(box) && taken.every((other, index) => index === own || !overlap(box, other)),
    );
    const box = free ?? candidates.find(inside) ?? candidates[0]!;
    taken.push(box);
    return { x: box.x, y: box.y + LABEL_HEIGHT - 2.5 };
  });
}

/** One point a task: score after examples against score after tuning, with 95 % whiskers and the line of equality. */
export function scatterPlot(
  points: readonly ScatterPoint[],
  { xLabel, yLabel, title }: { readonly xLabel: string; readonly yLabel: string; readonly title: string },
): Html {
  const values = points.flatMap(({ x, y }) => [x, y]);
  const shared = [...values, ...(values.every((value) => value >= 0 && value <= 100) ? [0, 100] : [])];
  const x = linearScale(shared, { from: MARGIN.left, to: SIZE - MARGIN.right });
  const y = linearScale(shared, { from: SIZE - MARGIN.bottom, to: MARGIN.top });
  const clip = (value: number): number => Math.min(x.high, Math.max(x.low, value));
  const placed = points.map((point) => ({ ...point, x: x.at(point.x), y: y.at(point.y), score: point }));
  const labels = placeLabels(placed, {
    x: MARGIN.left,
    y: MARGIN.top,
    width: SIZE - MARGIN.left - MARGIN.right,
    height: SIZE - MARGIN.top - MARGIN.bottom,
  });
  const middle = (MARGIN.left + SIZE - MARGIN.right) / 2;
  const centre = (MARGIN.top + SIZE - MARGIN.bottom) / 2;
  return html`<svg class="chart scatter" viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="${title}">
${x.ticks.map(
  (
    tick,
  ) => html`<line class="grid" x1="${px(x.at(tick))}" x2="${px(x.at(tick))}" y1="${MARGIN.top}" y2="${SIZE - MARGIN.bottom}"/>
<line class="grid" x1="${MARGIN.left}" x2="${SIZE - MARGIN.right}" y1="${px(y.at(tick))}" y2="${px(y.at(tick))}"/>
<text class="tick" x="${px(x.at(tick))}" y="${SIZE - MARGIN.bottom + 17}" text-anchor="middle">${tick}</text>
<text class="tick" x="${MARGIN.left - 8}" y="${px(y.at(tick) + 3.5)}" text-anchor="end">${tick}</text>`,
)}
<line class="equal" x1="${px(x.at(x.low))}" y1="${px(y.at(x.low))}" x2="${px(x.at(x.high))}" y2="${px(y.at(x.high))}"/>
<text class="axis" x="${middle}" y="${SIZE - 6}" text-anchor="middle">${xLabel} →</text>
<text class="axis" x="14" y="${centre}" text-anchor="middle" transform="rotate(-90 14 ${centre})">${yLabel} →</text>
${placed.map(
  ({ score, ...at }) =>
    html`${
      score.xInterval !== null &&
      html`<line class="whisker" x1="${px(x.at(clip(score.xInterval.low)))}" x2="${px(x.at(clip(score.xInterval.high)))}" y1="${px(at.y)}" y2="${px(at.y)}"/>`
    }${
      score.yInterval !== null &&
      html`<line class="whisker" y1="${px(y.at(clip(score.yInterval.low)))}" y2="${px(y.at(clip(score.yInterval.high)))}" x1="${px(at.x)}" x2="${px(at.x)}"/>`
    }`,
)}
${placed.map(
  (
    { score, ...at },
    index,
  ) => html`<circle class="point" cx="${px(at.x)}" cy="${px(at.y)}" r="5"><title>${score.label}: ${oneDigit(score.x)} in context, ${oneDigit(score.y)} tuned</title></circle>
<text class="label" x="${px(labels[index]!.x)}" y="${px(labels[index]!.y)}">${score.label}</text>`,
)}
</svg>`;
}
