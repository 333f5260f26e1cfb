import type { Problem } from '@flanlab/errors';
import type { JsonObject } from '../model-config.js';

/** Reads fields of a config.json and remembers every problem, so that they can be reported together. */
export class ConfigReader {
  readonly problems: Problem[] = [];

  constructor(readonly raw: JsonObject) {}

  /** A whole number ≥ 1. */
  count(name: string, fallback?: number): number {
    const value = this.raw[name] ?? fallback;
    if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 31) return value as number;
    return this.fail(name, `must be a whole number of at least 1, and is ${JSON.stringify(value)}`, 1);
  }

  /** A finite number > 0. */
  positive(name: string, fallback?: number): number {
    const value = this.raw[name] ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    return this.fail(name, `must be a number above 0, and is ${JSON.stringify(value)}`, 1);
  }

  /** A number from 0 up, below 1. */
  share(name: string, fallback: number): number {
    const value = this.raw[name] ?? fallback;
    if (typeof value === 'number' && value >= 0 && value < 1) return value;
    return this.fail(name, `must be a number from 0 to below 1, and is ${JSON.stringify(value)}`, 0);
  }

  /** Features of one head, of which `heads` make up the width named `name`. */
  headWidth(width: number, heads: number, name: string): number {
    if (width % heads === 0) return width / heads;
    return this.fail(name, `${width} cannot be split into ${heads} heads`, Math.max(2, Math.floor(width / heads)));
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.raw[name] ?? fallback;
    if (typeof value === 'boolean') return value;
    return this.fail(name, `must be true or false, and is ${JSON.stringify(value)}`, fallback);
  }

  /** One of a table's keys, answered with the table's value. */
  choice<T>(name: string, table: { readonly [key: string]: T }, fallback: string): T {
    const value = this.raw[name] ?? fallback;
    if (typeof value === 'string' && Object.hasOwn(table, value)) return table[value] as T;
    const known = Object.keys(table).join(', ');
    return this.fail(name, `must be one of ${known}, and is ${JSON.stringify(value)}`, table[fallback] as T);
  }

  /** Refuses a feature whose results would be wrong if it were ignored. */
  refuse(name: string, supported: (value: unknown) => boolean, message: string): void {
    const value = this.raw[name];
    if (value !== undefined && value !== null && !supported(value)) {
      this.fail(name, `${message}, and is ${JSON.stringify(value).slice(0, 200)}`, undefined);
    }
  }

  fail<T>(path: string, message: string, instead: T): T {
    this.problems.push({ path, message });
    return instead;
  }
}
