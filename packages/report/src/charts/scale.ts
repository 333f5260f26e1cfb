export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Data value to pixels. */
  at(value: number): number;
}

/** A linear scale over round numbers with about `count` ticks; `from` and `to` are pixels and may run backwards. */
export function linearScale(
  values: readonly number[],
  { from, to, count = 5 }: { readonly from: number; readonly to: number; readonly count?: number },
): Scale {
  const finite = values.filter(Number.isFinite);
  let low = finite.length === 0 ? 0 : finite.reduce((a, b) => Math.min(a, b));
  let high = finite.length === 0 ? 1 : finite.reduce((a, b) => Math.max(a, b));
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  low = Math.floor(low / step) * step;
  high = Math.ceil(high / step) * step;
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, k) =>
    Number((low + k * step).toPrecision(12)),
  );
  return { low, high, ticks, at: (value) => from + ((value - low) / (high - low)) * (to - from) };
}

/** Coordinates short enough for markup. */
export const px = (value: number): string => String(Math.round(value * 100) / 100);
