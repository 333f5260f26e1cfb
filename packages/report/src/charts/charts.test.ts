import { describe, expect, it } from 'vitest';
import { lineChart, smooth } from './line-chart.js';
import { linearScale } from './scale.js';
import { placeLabels } from './scatter-plot.js';

describe('a scale', () => {
  it.each([
    [
      [0, 100],
      [0, 20, 40, 60, 80, 100],
    ],
    [
      [1.2, 6.7],
      [0, 2, 4, 6, 8],
    ],
    [
      [-0.3, 0.4],
      [-0.4, -0.2, 0, 0.2, 0.4],
    ],
    [
      [5, 5],
      [4.4, 4.6, 4.8, 5, 5.2, 5.4, 5.6],
    ],
    [[], [0, 0.2, 0.4, 0.6, 0.8, 1]],
  ])('of %j has round ticks that enclose it', (values, ticks) => {
    const scale = linearScale(values, { from: 0, to: 10 });
    expect(scale.low).toBeLessThanOrEqual(Math.min(...values, scale.high));
    expect(scale.high).toBeGreaterThanOrEqual(Math.max(...values, scale.low));
    expect(scale.ticks).toEqual(ticks);
    expect([scale.at(scale.low), scale.at(scale.high)]).toEqual([0, 10]);
  });
});

describe('labels', () => {
  const area = { x: 0, y: 0, width: 400, height: 400 };
  const boxes = (points: { x: number; y: number; label: string }[]) =>
    placeLabels(points, area).map(({ x, y }, index) => ({
      x,
      y: y - 10,
      width: points[index]!.label.length * 6,
      height: 11,
    }));

  it('do not cover each other when points are close', () => {
    const placed = boxes([0, 1, 2, 3].map((k) => ({ x: 200 + 6 * k, y: 200 + 4 * k, label: 'common_gen' })));
    for (const [i, a] of placed.entries()) {
      for (const b of placed.slice(i + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart).toBe(true);
      }
    }
  });

  it('stay inside the plot at its corners', () => {
    for (const box of boxes([
      { x: 399, y: 1, label: 'sst2' },
      { x: 1, y: 399, label: 'qnli' },
    ])) {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(400);
      expect(box.y).toBeGreaterThanOrEqual(-1);
      expect(box.y + box.height).toBeLessThanOrEqual(400);
    }
  });
});

describe('a loss curve', () => {
  it('is smoothed without being shifted: a straight line stays itself', () => {
    const line = Array.from({ length: 200 }, (_, k) => 5 - k / 100);
    for (const [index, value] of smooth(line).entries()) expect(value).toBeCloseTo(line[index]!, 9);
  });

  it('says where it starts and ends, and leaves out values that are no number', () => {
    const { markup } = lineChart(
      [
        { step: 1, loss: 6 },
        { step: 2, loss: Number.NaN },
        { step: 3, loss: 2.5 },
      ],
      'a <b> run',
    );
    expect(markup).toContain('aria-label="Loss of a &lt;b&gt; run: 6.00 at the start, 2.50 at step 3"');
    expect(markup).not.toContain('NaN');
  });

  it('keeps its file small when there are many steps', () => {
    const curve = Array.from({ length: 50_000 }, (_, step) => ({ step, loss: Math.sin(step) }));
    expect(lineChart(curve, 'long').markup.length).toBeLessThan(25_000);
  });

  it('says when there is none', () => {
    expect(lineChart([{ step: 1 }], 'x').markup).toContain('No loss was logged.');
  });
});
