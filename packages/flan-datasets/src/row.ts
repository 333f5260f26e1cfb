/** What a cell can hold. Structs keep their field order, and so do rows. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [name: string]: FieldValue };

/** One row: column name → value, in column order. */
export type Row = { readonly [column: string]: FieldValue };

/** True for a struct value: neither a list nor null. */
export function isStruct(value: FieldValue | undefined): value is { readonly [name: string]: FieldValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a list value. */
export function isList(value: FieldValue | undefined): value is readonly FieldValue[] {
  return Array.isArray(value);
}
