import type { FieldValue, Row } from './row.js';

/** What a published column holds: a kind of cell, `[kind]` for a list of them, or a struct by field. */
export type ColumnType =
  | 'text'
  | 'integer'
  | 'number'
  | 'boolean'
  /** A struct whose fields differ from row to row. */
  | 'object'
  | readonly [ColumnType]
  | { readonly [field: string]: ColumnType };

/** Published columns by name, in published order. */
export type ColumnTypes = { readonly [column: string]: ColumnType };

interface Scalars {
  readonly text: string;
  readonly integer: number;
  readonly number: number;
  readonly boolean: boolean;
  readonly object: { readonly [field: string]: FieldValue };
}

/** The values of a column of one type. */
export type Cell<Type> = Type extends keyof Scalars
  ? Scalars[Type]
  : Type extends readonly [infer Item]
    ? readonly Cell<Item>[]
    : RowOf<Type>;

/** A published row with those columns. */
export type RowOf<Columns> = { readonly [Name in keyof Columns]: Cell<Columns[Name]> };

/**
 * What a step does to the columns of a row, as a type: nothing exists at run time. A step without one (a function of the
 * user's own) leaves the general {@link Row}.
 */
export type Effect =
  | { readonly rename: { readonly [from: string]: string } }
  | { readonly remove: string }
  | { readonly keep: string }
  | { readonly add: object }
  | { readonly set: object }
  | { readonly first: string }
  | { readonly flatten: true }
  | { readonly nothing: true };

/** The row that steps make of a row, one after the other. */
export type AfterSteps<Given, Steps> = Steps extends readonly [infer First, ...infer Rest]
  ? AfterSteps<AfterStep<Given, First>, Rest>
  : Given;

declare const EFFECT: unique symbol;

/** Carries an effect in the type of a step. */
export interface HasEffect<Does extends Effect> {
  readonly [EFFECT]?: Does;
}

type AfterStep<Given, Applied> = Applied extends { readonly [EFFECT]?: infer Does } ? After<Given, Does> : Row;

type After<Given, Does> = Does extends { readonly rename: infer Names }
  ? { readonly [Name in keyof Given as Name extends keyof Names ? Names[Name] & string : Name]: Given[Name] }
  : Does extends { readonly remove: infer Names }
    ? { readonly [Name in Exclude<keyof Given, Names>]: Given[Name] }
    : Does extends { readonly keep: infer Names }
      ? { readonly [Name in Extract<keyof Given, Names>]: Given[Name] }
      : Does extends { readonly add: infer Added }
        ? Merged<Widened<Added>, Given>
        : Does extends { readonly set: infer Values }
          ? Merged<Given, Values>
          : Does extends { readonly first: infer Name }
            ? { readonly [Column in keyof Given]: Column extends Name ? FirstOf<Given[Column]> : Given[Column] }
            : Does extends { readonly flatten: true }
              ? { readonly [Path in Paths<Given>]: At<Given, Path> }
              : Does extends { readonly nothing: true }
                ? Given
                : Row;

/** `''` stands for any text. */
type Widened<Values> = { readonly [Name in keyof Values]: Values[Name] extends string ? string : Values[Name] };

/** Both rows' columns; those of the second one win. */
type Merged<First, Second> = {
  readonly [Name in keyof First | keyof Second]: Name extends keyof Second
    ? Second[Name]
    : Name extends keyof First
      ? First[Name]
      : never;
};

type FirstOf<Value> = Value extends readonly (infer Item)[] ? FirstOf<Item> : Value;

/** `parent.child` for each leaf. */
type Paths<Given> = {
  [Name in keyof Given & string]: IsStruct<Given[Name]> extends true ? `${Name}.${Paths<Given[Name]>}` : Name;
}[keyof Given & string];

type IsStruct<Value> = Value extends readonly unknown[] ? false : Value extends object ? true : false;

type At<Given, Path> = Path extends keyof Given
  ? Given[Path]
  : Path extends `${infer Name extends keyof Given & string}.${infer Rest}`
    ? At<Given[Name], Rest>
    : never;
