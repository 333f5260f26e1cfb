import type { Dimension, Shape } from './value.js';

/**
 * A size as a number times names: the -1 of a reshape to (-1, D) is the size `B*T`. Writing it always in one way (names
 * sorted) lets equal sizes be seen to be equal, without which broadcasting had to be found out at run time.
 */
interface Monomial {
  readonly count: number;
  readonly names: readonly string[];
}

function parse(size: Dimension): Monomial {
  if (typeof size === 'number') return { count: size, names: [] };
  const parts = size.split('*');
  const numbers = parts.filter((part) => /^\d+$/.test(part));
  return {
    count: numbers.reduce((count, part) => count * Number(part), 1),
    names: parts.filter((part) => !/^\d+$/.test(part)),
  };
}

function format({ count, names }: Monomial): Dimension {
  if (names.length === 0 || count === 0) return count;
  return [...(count === 1 ? [] : [String(count)]), ...names.toSorted()].join('*');
}

/** The product of sizes. */
export function product(sizes: Shape): Dimension {
  const factors = sizes.map(parse);
  return format({
    count: factors.reduce((count, factor) => count * factor.count, 1),
    names: factors.flatMap(({ names }) => names),
  });
}

/** `dividend / divisor` where it comes out even for every value of the names, else `undefined`. */
export function quotient(dividend: Dimension, divisor: Dimension): Dimension | undefined {
  const [from, by] = [parse(dividend), parse(divisor)];
  const names = [...from.names];
  for (const name of by.names) {
    const i = names.indexOf(name);
    if (i === -1) return undefined;
    names.splice(i, 1);
  }
  if (by.count === 0 || from.count % by.count !== 0) return undefined;
  return format({ count: from.count / by.count, names });
}
