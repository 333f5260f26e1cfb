import { DatasetError } from '../errors.js';
import { type FieldValue, isList, isStruct, type Row } from '../row.js';

/** The scalar types we write and read; the names are those of Python's `datasets`. */
export const SCALAR_TYPES = [
  ...(['string', 'large_string', 'bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32'] as const),
  ...(['uint64', 'float16', 'float32', 'float64', 'null'] as const),
] as const;

export type ScalarType = (typeof SCALAR_TYPES)[number];

/** The type of one column, free of the spellings that differ between versions of `datasets`. */
export type Feature =
  | { readonly kind: 'value'; readonly dtype: ScalarType }
  | { readonly kind: 'class-label'; readonly names: readonly string[] }
  | { readonly kind: 'list'; readonly of: Feature; readonly large?: true }
  | { readonly kind: 'struct'; readonly fields: Features };

/** Column name → type, in column order. */
export type Features = { readonly [column: string]: Feature };

export const TEXT: Feature = { kind: 'value', dtype: 'string' };
const NULL: Feature = { kind: 'value', dtype: 'null' };

/**
 * The narrowest features that hold all rows: whole numbers are int64, others float64, empty lists hold nulls until a row
 * says more. Columns come in order of first appearance.
 * @throws {DatasetError} `DATASET_FEATURES_INVALID` when two rows disagree about a column's type
 */
export function inferFeatures(rows: Iterable<Row>): Features {
  const features: Record<string, Feature> = {};
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      features[name] = merge(features[name] ?? NULL, featureOf(value), name);
    }
  }
  return features;
}

/**
 * The narrowest features that hold what either holds.
 * @throws {DatasetError} `DATASET_FEATURES_INVALID` when they disagree about a column's type
 */
export function mergeFeatures(a: Features, b: Features): Features {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => [name, merge(a[name] ?? NULL, b[name] ?? NULL, name)]));
}

function featureOf(value: FieldValue): Feature {
  if (value === null) return NULL;
  if (typeof value === 'string') return TEXT;
  if (typeof value === 'boolean') return { kind: 'value', dtype: 'bool' };
  if (typeof value === 'number') return { kind: 'value', dtype: Number.isSafeInteger(value) ? 'int64' : 'float64' };
  if (isList(value))
    return { kind: 'list', of: value.reduce<Feature>((of, item) => merge(of, featureOf(item), '[]'), NULL) };
  return { kind: 'struct', fields: inferFeatures([value]) };
}

const isNull = (feature: Feature): boolean => feature.kind === 'value' && feature.dtype === 'null';

function merge(a: Feature, b: Feature, name: string): Feature {
  if (isNull(a)) return b;
  if (isNull(b)) return a;
  if (a.kind === 'list' && b.kind === 'list') return { kind: 'list', of: merge(a.of, b.of, `${name}[]`) };
  if (a.kind === 'struct' && b.kind === 'struct') {
    const names = [...new Set([...Object.keys(a.fields), ...Object.keys(b.fields)])];
    const fields = names.map((n) => [n, merge(a.fields[n] ?? NULL, b.fields[n] ?? NULL, `${name}.${n}`)] as const);
    return { kind: 'struct', fields: Object.fromEntries(fields) };
  }
  if (a.kind === 'value' && b.kind === 'value') {
    if (a.dtype === b.dtype) return a;
    const numbers = [a.dtype, b.dtype].every((dtype) => dtype === 'int64' || dtype === 'float64');
    if (numbers) return { kind: 'value', dtype: 'float64' };
  }
  throw new DatasetError('DATASET_FEATURES_INVALID', {
    what: `The column ${name} has no single type.`,
    why: `One row holds ${describe(a)}, another ${describe(b)}.`,
    fix: 'Turn the values into one type, or write JSON Lines, which need none.',
  });
}

export function describe(feature: Feature): string {
  if (feature.kind === 'value') return feature.dtype;
  return feature.kind === 'list' ? `a list of ${describe(feature.of)}` : feature.kind;
}

/**
 * Features as `dataset_info.json` spells them. `Sequence` opens in every version of `datasets`, `List` only from 4 on; a
 * list of structs is `[{…}]`, because a `Sequence` of a struct means a struct of lists.
 */
export function featuresToJson(features: Features): Record<string, unknown> {
  return Object.fromEntries(Object.entries(features).map(([name, feature]) => [name, featureToJson(feature)]));
}

function featureToJson(feature: Feature): unknown {
  if (feature.kind === 'value') return { dtype: feature.dtype, _type: 'Value' };
  if (feature.kind === 'class-label') return { names: feature.names, _type: 'ClassLabel' };
  if (feature.kind === 'struct') return featuresToJson(feature.fields);
  if (feature.of.kind === 'struct') return [featuresToJson(feature.of.fields)];
  return { feature: featureToJson(feature.of), _type: feature.large ? 'LargeList' : 'Sequence' };
}

/**
 * Reads the spellings of `datasets` 1 to 5.
 * @throws {DatasetError} `DATASET_FEATURES_INVALID`
 */
export function featuresFromJson(json: unknown, path: string): Features {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unreadable(path, json);
  return Object.fromEntries(
    Object.entries(json).map(([name, feature]) => [name, featureFromJson(feature, `${path}.${name}`)]),
  );
}

function featureFromJson(json: unknown, path: string): Feature {
  if (Array.isArray(json) && json.length === 1) return { kind: 'list', of: featureFromJson(json[0], `${path}[]`) };
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unreadable(path, json);
  const { _type: type, dtype, names, feature } = json as Record<string, unknown>;
  if (type === undefined || typeof type === 'object') return { kind: 'struct', fields: featuresFromJson(json, path) };
  if (type === 'Value' && isScalarType(dtype)) return { kind: 'value', dtype };
  // Times, dates, decimals and views become text when they are read.
  if (type === 'Value' && typeof dtype === 'string' && TEXT_TYPES.test(dtype)) return TEXT;
  if (type === 'ClassLabel') return { kind: 'class-label', names: Array.isArray(names) ? names.map(String) : [] };
  if (type === 'List') return { kind: 'list', of: featureFromJson(feature, `${path}[]`) };
  if (type === 'LargeList') return { kind: 'list', of: featureFromJson(feature, `${path}[]`), large: true };
  if (type === 'Sequence') return sequence(featureFromJson(feature, `${path}[]`));
  throw unreadable(path, json);
}

/** A `Sequence` of a struct is a struct of lists. */
function sequence(of: Feature): Feature {
  if (of.kind !== 'struct') return { kind: 'list', of };
  const fields = Object.entries(of.fields).map(([name, field]) => [name, { kind: 'list', of: field } as const]);
  return { kind: 'struct', fields: Object.fromEntries(fields) };
}

const TEXT_TYPES = /^(timestamp\[|date32|date64|time32|time64|decimal128|decimal256|string_view|binary$|large_binary$)/;

function isScalarType(dtype: unknown): dtype is ScalarType {
  return SCALAR_TYPES.includes(dtype as ScalarType);
}

function unreadable(path: string, json: unknown): DatasetError {
  return new DatasetError('DATASET_FEATURES_INVALID', {
    what: `The type of ${path} is not one we read.`,
    why: `It is spelled ${(JSON.stringify(json) ?? 'nothing').slice(0, 120)}.`,
    fix: `Known are Value (${SCALAR_TYPES.join(', ')}), ClassLabel, List, LargeList, Sequence and structs of these.`,
  });
}

/** Brings a row to the features: missing fields become null, other columns are left out, nothing is converted. */
export function fitRow(row: Row, features: Features): Row {
  return Object.fromEntries(Object.entries(features).map(([name, feature]) => [name, fitValue(row[name], feature)]));
}

function fitValue(value: FieldValue | undefined, feature: Feature): FieldValue {
  if (value === undefined || value === null) return null;
  if (feature.kind === 'struct') return isStruct(value) ? fitRow(value, feature.fields) : value;
  if (feature.kind === 'list') return isList(value) ? value.map((item) => fitValue(item, feature.of)) : value;
  return value;
}
