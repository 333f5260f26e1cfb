import type { JsonObject, ModelConfig, RotaryScaling, RotarySpec } from '../model-config.js';
import type { ConfigReader } from './config-reader.js';
import { ROTARY_SCALINGS, type ScalingSpec } from './rotary-scaling.js';

interface RotaryContext {
  readonly headWidth: number;
  /** `max_position_embeddings`. */
  readonly maxPositions: number;
  /** Fields of config.json outside the scaling, where they are not `rope_theta` and `partial_rotary_factor`. */
  readonly names?: { readonly theta: string; readonly fraction: string };
  readonly defaultFraction?: number;
}

/**
 * Reads the rotary positions of a config.json: `rope_theta` and `rope_scaling`, or all inside `rope_parameters` as
 * transformers 5 writes them. What stands inside wins, and `rope_scaling` over `rope_parameters`, as there. A scaling
 * outside the table is refused: ignoring it would give wrong angles.
 *
 * `dynamic` and `yarn` may be added to a model for rows longer than its `max_position_embeddings`: there, positions go up
 * to `factor` times the length that they stretch.
 */
export function readRotary(
  reader: ConfigReader,
  context: RotaryContext,
): Pick<ModelConfig, 'positions' | 'rotary' | 'maxPositions'> {
  const { headWidth, maxPositions, names, defaultFraction = 1 } = context;
  const key = isFilled(reader.raw.rope_scaling) ? 'rope_scaling' : 'rope_parameters';
  const given = objectIn(reader, key);
  const within = (inside: string, outside: string, fallback: number): number =>
    given?.[inside] == null ? reader.positive(outside, fallback) : positiveIn(reader, key, given, inside);
  const theta = within('rope_theta', names?.theta ?? 'rope_theta', 10_000);
  const fraction = within('partial_rotary_factor', names?.fraction ?? 'partial_rotary_factor', defaultFraction);
  if (names === undefined && fraction !== 1) {
    // transformers turns whole heads here, and fails where they are stretched besides.
    reader.fail('partial_rotary_factor', `must be 1 in this family, and is ${fraction}`, undefined);
  }
  const rotated = Math.floor(headWidth * fraction);
  if (fraction > 1 || rotated < 2 || rotated % 2 !== 0) {
    const share = `${fraction} of ${headWidth}`;
    reader.fail('head_dim', `must give an even number of features to rotate, and does not: ${share}`, undefined);
  }
  const scaling = given && readScaling(reader, key, given, rotated, maxPositions);
  const rotary: RotarySpec = { theta, fraction, ...(scaling ? { scaling } : {}) };
  return { positions: 'rotary', rotary, maxPositions: Math.max(maxPositions, stretchedLength(scaling)) };
}

function stretchedLength(scaling: RotaryScaling | undefined): number {
  const { max_position_embeddings: made, original_max_position_embeddings: original, factor } = scaling?.values ?? {};
  if (scaling?.kind === 'dynamic') return Math.floor(made! * factor!);
  return scaling?.kind === 'yarn' ? Math.floor(original! * factor!) : 0;
}

function readScaling(
  reader: ConfigReader,
  key: string,
  given: JsonObject,
  rotated: number,
  maxPositions: number,
): RotaryScaling | undefined {
  const layered = Object.keys(given).find((name) => isFilled(given[name]) && !Array.isArray(given[name]));
  if (layered !== undefined) {
    return reader.fail(`${key}.${layered}`, 'holds positions of one kind of layer, which is not supported', undefined);
  }
  const kind = given.rope_type ?? given.type ?? 'default';
  if (kind === 'default') return undefined;
  if (typeof kind !== 'string' || !Object.hasOwn(ROTARY_SCALINGS, kind)) {
    const known = ['default', ...Object.keys(ROTARY_SCALINGS)].join(', ');
    return reader.fail(key, `must be of a type among ${known}, and is ${JSON.stringify(kind)}`, undefined);
  }
  const spec: ScalingSpec = ROTARY_SCALINGS[kind as RotaryScaling['kind']];
  const values: Record<string, number> = { max_position_embeddings: maxPositions };
  const length = 'original_max_position_embeddings';
  if (spec.original) values[length] = readOriginal(reader, key, given, maxPositions);
  for (const field of spec.required ?? []) values[field] = positiveIn(reader, key, given, field);
  for (const field of spec.optional ?? []) {
    if (given[field] != null) values[field] = positiveIn(reader, key, given, field);
    // Left out, the factor is how much longer the model's rows are than those it was first made for.
    else if (field === 'factor') values.factor = maxPositions / values[length]!;
  }
  if ('truncate' in given && !given.truncate) values.truncate = 0;
  if (kind === 'dynamic' && rotated < 4) {
    reader.fail(key, `of the type dynamic needs heads that rotate 4 features, and they rotate ${rotated}`, undefined);
  }
  const lists: Record<string, readonly number[]> = {};
  for (const field of spec.lists ?? []) lists[field] = listIn(reader, key, given, field, rotated / 2);
  return { kind: kind as RotaryScaling['kind'], values, ...(spec.lists ? { lists } : {}) };
}

/** The length before stretching: beside the scaling, as Phi 3 has it, inside, or else the model's. */
function readOriginal(reader: ConfigReader, key: string, given: JsonObject, maxPositions: number): number {
  const name = 'original_max_position_embeddings';
  if (reader.raw[name] != null) return reader.count(name);
  return given[name] == null ? maxPositions : positiveIn(reader, key, given, name);
}

const isFilled = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

const isPositive = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;

function positiveIn(reader: ConfigReader, key: string, given: JsonObject, field: string): number {
  const value = given[field];
  if (isPositive(value)) return value;
  return reader.fail(`${key}.${field}`, `must be a number above 0, and is ${JSON.stringify(value)}`, 1);
}

function listIn(reader: ConfigReader, key: string, given: JsonObject, field: string, length: number): number[] {
  const value = given[field];
  if (Array.isArray(value) && value.length === length && value.every(isPositive)) return value;
  const found = Array.isArray(value) ? `a list of ${value.length}` : JSON.stringify(value);
  return reader.fail(`${key}.${field}`, `must be a list of ${length} numbers above 0, and is ${found}`, [1]);
}

function objectIn(reader: ConfigReader, key: string): JsonObject | undefined {
  const value = reader.raw[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  return reader.fail(key, 'must be an object', undefined);
}
