import {
  Bool,
  type DataType,
  Field,
  Float16,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  LargeUtf8,
  List,
  Null,
  Schema,
  Struct,
  Type,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';
import { DatasetError } from '../errors.js';
import { type Feature, type Features, featuresToJson, type ScalarType, TEXT } from './features.js';

const SCALARS: Readonly<Record<ScalarType, () => DataType>> = {
  string: () => new Utf8(),
  large_string: () => new LargeUtf8(),
  bool: () => new Bool(),
  int8: () => new Int8(),
  int16: () => new Int16(),
  int32: () => new Int32(),
  int64: () => new Int64(),
  uint8: () => new Uint8(),
  uint16: () => new Uint16(),
  uint32: () => new Uint32(),
  uint64: () => new Uint64(),
  float16: () => new Float16(),
  float32: () => new Float32(),
  float64: () => new Float64(),
  null: () => new Null(),
};

/** The Arrow type of a column; every field is nullable, as Python's `datasets` writes it. Lists have 32-bit offsets. */
export function arrowType(feature: Feature): DataType {
  if (feature.kind === 'value') return SCALARS[feature.dtype]();
  if (feature.kind === 'class-label') return new Int64();
  if (feature.kind === 'list') return new List(new Field('item', arrowType(feature.of), true));
  return new Struct(Object.entries(feature.fields).map(([name, field]) => new Field(name, arrowType(field), true)));
}

/** The schema with the metadata under which `datasets` finds the features again. */
export function arrowSchema(features: Features): Schema {
  const fields = Object.entries(features).map(([name, feature]) => new Field(name, arrowType(feature), true));
  const info = JSON.stringify({ info: { features: featuresToJson(features) } });
  return new Schema(fields, new Map([['huggingface', info]]));
}

/** The features of a schema that carries none: what the Arrow types alone say. */
export function featuresOfSchema(schema: Schema): Features {
  return Object.fromEntries(schema.fields.map((field) => [field.name, featureOfType(field.type, field.name)]));
}

function featureOfType(type: DataType, name: string): Feature {
  const children = type.children as readonly Field[] | null;
  if (type.typeId === Type.List || type.typeId === Type.LargeList || type.typeId === Type.FixedSizeList) {
    return { kind: 'list', of: featureOfType(children![0]!.type, `${name}[]`) };
  }
  if (type.typeId === Type.Struct) {
    const fields = children!.map((child) => [child.name, featureOfType(child.type, `${name}.${child.name}`)]);
    return { kind: 'struct', fields: Object.fromEntries(fields) };
  }
  if (type.typeId === Type.Dictionary)
    return featureOfType((type as unknown as { dictionary: DataType }).dictionary, name);
  if (type.typeId === Type.Map) return mapFeature(children![0]!, name);
  if (TEXT_TYPES.includes(type.typeId)) return TEXT;
  const scalar = (Object.keys(SCALARS) as ScalarType[]).find((dtype) => String(SCALARS[dtype]()) === String(type));
  if (scalar !== undefined) return { kind: 'value', dtype: scalar };
  throw new DatasetError('DATASET_FEATURES_INVALID', {
    what: `The column ${name} has a type that rows cannot hold.`,
    why: `Its Arrow type is ${type}.`,
    fix: 'Cast it to text or numbers where the file is made.',
  });
}

/** Types whose values become text when they are read. */
const TEXT_TYPES: readonly Type[] = [
  Type.Timestamp,
  Type.Date,
  Type.Time,
  Type.Decimal,
  Type.Binary,
  Type.LargeBinary,
  Type.Utf8View,
];

function mapFeature({ type }: Field, name: string): Feature {
  const [key, value] = type.children as readonly Field[];
  const fields = { key: featureOfType(key!.type, `${name}.key`), value: featureOfType(value!.type, `${name}.value`) };
  return { kind: 'list', of: { kind: 'struct', fields } };
}
