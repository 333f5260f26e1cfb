import type { FieldValue } from '../../row.js';
import { DamagedError, UnsupportedError } from './damaged.js';
import type { OpenPage } from './pages.js';
import { type Leaf, leavesOf, type Shape } from './schema.js';

/** Gives the cells of one column in order. */
export interface ColumnReader {
  /** Makes at least one cell available, and at most `count`; the number there is, 0 at the end. */
  fill(count: number): Promise<number>;
  /** The next `count` cells, which must be available. */
  take(count: number): readonly FieldValue[];
}

type Pages = (leaf: Leaf) => AsyncGenerator<OpenPage>;

/** A column of one row group: a plain one page by page, a nested one assembled from its leaves. */
export function columnReader(shape: Shape, pages: Pages): ColumnReader {
  if (shape.kind === 'leaf') return new FlatColumn(shape.leaf, pages(shape.leaf));
  return new NestedColumn(shape, pages);
}

class FlatColumn implements ColumnReader {
  #page: OpenPage | undefined;
  #left = 0;
  #levels = new Uint8Array();

  constructor(
    private readonly leaf: Leaf,
    private readonly pages: AsyncGenerator<OpenPage>,
  ) {}

  async fill(count: number): Promise<number> {
    if (this.#left === 0) {
      const { value } = await this.pages.next();
      this.#page = value ?? undefined;
      this.#left = this.#page?.count ?? 0;
    }
    return Math.min(this.#left, count);
  }

  take(count: number): readonly FieldValue[] {
    this.#left -= count;
    const { values, definitions } = this.#page!;
    if (definitions === undefined) return values.read(count);
    if (this.#levels.length < count) this.#levels = new Uint8Array(count);
    const levels = this.#levels;
    definitions.read(levels, count);
    const { mostDefinition } = this.leaf;
    let present = 0;
    for (let i = 0; i < count; i++) if (levels[i] === mostDefinition) present += 1;
    const there = values.read(present);
    if (present === count) return there;
    const cells = new Array<FieldValue>(count);
    for (let i = 0, next = 0; i < count; i++) cells[i] = levels[i] === mostDefinition ? there[next++]! : null;
    return cells;
  }
}

/** Levels and values of one leaf, decoded some rows ahead. */
interface Cursor {
  readonly leaf: Leaf;
  readonly pages: AsyncGenerator<OpenPage>;
  page: OpenPage | undefined;
  pageLeft: number;
  ended: boolean;
  definitions: number[];
  repetitions: number[];
  values: FieldValue[];
  /** Positions in the arrays above; null takes no value. */
  at: number;
  valueAt: number;
  /** Rows that begin in what is held. */
  rows: number;
}

const PIECE = 1024;
/** Values of one leaf that are held for several rows; with longer lists, fewer rows are made at a time. */
const HELD_VALUES = 2 ** 17;
/** Values of one leaf in one row. Runs say in four bytes that there are a thousand million: no row of text has so many. */
const MOST_ROW_VALUES = 2 ** 22;

class NestedColumn implements ColumnReader {
  readonly #cursors: readonly Cursor[];
  readonly #assemble: () => FieldValue;

  constructor(shape: Shape, pages: Pages) {
    const cursors = leavesOf(shape).map((leaf) => newCursor(leaf, pages(leaf)));
    if (cursors.length === 0) throw new DamagedError('A column has no leaves.');
    this.#cursors = cursors;
    this.#assemble = assembler(shape, [...cursors]);
  }

  async fill(count: number): Promise<number> {
    let least = count;
    for (const cursor of this.#cursors) {
      // A row is whole when the next one begins.
      while (!cursor.ended && cursor.rows <= count) {
        const held = cursor.definitions.length;
        if (held > HELD_VALUES && cursor.rows > 1) break;
        if (held > MOST_ROW_VALUES) throw tooMany(cursor.leaf);
        await decodeMore(cursor);
      }
      least = Math.min(least, cursor.ended ? cursor.rows : cursor.rows - 1);
    }
    return least;
  }

  take(count: number): readonly FieldValue[] {
    const cells = new Array<FieldValue>(count);
    for (let i = 0; i < count; i++) cells[i] = this.#assemble();
    for (const cursor of this.#cursors) forget(cursor, count);
    return cells;
  }
}

function tooMany({ name }: Leaf): UnsupportedError {
  const why = `A row of it has more than ${MOST_ROW_VALUES} values of ${name}.`;
  return new UnsupportedError(why, 'Leave the column out, or write shorter lists.');
}

function newCursor(leaf: Leaf, pages: AsyncGenerator<OpenPage>): Cursor {
  const held = { definitions: [], repetitions: [], values: [], at: 0, valueAt: 0, rows: 0 };
  return { leaf, pages, page: undefined, pageLeft: 0, ended: false, ...held };
}

async function decodeMore(cursor: Cursor): Promise<void> {
  if (cursor.pageLeft === 0) {
    const { value } = await cursor.pages.next();
    if (!value) {
      cursor.ended = true;
      return;
    }
    cursor.page = value;
    cursor.pageLeft = value.count;
  }
  const { definitions, repetitions, values } = cursor.page!;
  const { mostDefinition } = cursor.leaf;
  const count = Math.min(PIECE, cursor.pageLeft);
  const levels = new Uint8Array(count);
  let present = count;
  if (definitions) {
    definitions.read(levels, count);
    present = 0;
    for (const level of levels) if (level === mostDefinition) present += 1;
  } else levels.fill(mostDefinition);
  for (const level of levels) cursor.definitions.push(level);
  levels.fill(0);
  repetitions?.read(levels, count);
  for (const level of levels) {
    cursor.repetitions.push(level);
    if (level === 0) cursor.rows += 1;
  }
  for (const value of values.read(present)) cursor.values.push(value);
  cursor.pageLeft -= count;
}

/** Drops what has been taken. */
function forget(cursor: Cursor, rows: number): void {
  cursor.definitions = cursor.definitions.slice(cursor.at);
  cursor.repetitions = cursor.repetitions.slice(cursor.at);
  cursor.values = cursor.values.slice(cursor.valueAt);
  cursor.at = 0;
  cursor.valueAt = 0;
  cursor.rows -= rows;
}

/** A function that takes one value of the shape from the cursors of its leaves; `cursors` is used up in stored order. */
function assembler(shape: Shape, cursors: Cursor[]): () => FieldValue {
  if (shape.kind === 'leaf') return leafAssembler(cursors.shift()!);
  const first = cursors[0]!;
  const own = cursors.slice(0, leavesOf(shape).length);
  if (shape.kind === 'struct') {
    const fields = shape.fields.map(([name, field]) => [name, assembler(field, cursors)] as const);
    return () => {
      if (levelOf(first) < shape.present) return skip(own);
      const struct: Record<string, FieldValue> = {};
      for (const [name, take] of fields) struct[name] = take();
      return struct;
    };
  }
  const takeItem = assembler(shape.item, cursors);
  return () => {
    const level = levelOf(first);
    if (level < shape.present) return skip(own);
    const list: FieldValue[] = [];
    if (level < shape.filled) {
      skip(own);
      return list;
    }
    do list.push(takeItem());
    while (first.repetitions[first.at] === shape.repetition);
    return list;
  };
}

function leafAssembler(cursor: Cursor): () => FieldValue {
  const { mostDefinition } = cursor.leaf;
  return () => {
    const level = levelOf(cursor);
    cursor.at += 1;
    if (level !== mostDefinition) return null;
    return cursor.values[cursor.valueAt++]!;
  };
}

function levelOf(cursor: Cursor): number {
  const level = cursor.definitions[cursor.at];
  if (level === undefined) throw new DamagedError(`The column ${cursor.leaf.name} ends before its row does.`);
  return level;
}

/** Nothing is there: each leaf says so once. */
function skip(cursors: readonly Cursor[]): null {
  for (const cursor of cursors) cursor.at += 1;
  return null;
}
