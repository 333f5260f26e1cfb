import type { SchemaTree } from 'hyparquet';
import { checkedName } from '../column-name.js';
import { type Converter, converterOf } from './convert.js';
import { DamagedError } from './damaged.js';

/** One stored column. */
export interface Leaf {
  /** Its path with dots, for messages. */
  readonly name: string;
  readonly path: readonly string[];
  readonly physical: string;
  readonly typeLength: number | undefined;
  readonly convert: Converter;
  readonly mostDefinition: number;
  readonly mostRepetition: number;
}

/** How stored columns become one value: what a definition level below `present` means is null. */
export type Shape =
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'struct'; readonly present: number; readonly fields: readonly (readonly [string, Shape])[] }
  | {
      readonly kind: 'list';
      /** From this level on the list is there, from `filled` on it has an element. */
      readonly present: number;
      readonly filled: number;
      /** The repetition level of a further element. */
      readonly repetition: number;
      readonly item: Shape;
    };

interface Levels {
  readonly definition: number;
  readonly repetition: number;
}

/**
 * The columns of a file by name. Lists come in any of the forms that writers have used; a map is a list of `{ key, value }`.
 * @throws {UnsupportedError} for a type that rows cannot hold
 */
export function columnShapes(
  root: SchemaTree,
  wanted?: readonly string[],
): readonly { readonly name: string; readonly shape: Shape }[] {
  return root.children
    .filter(({ element }) => wanted?.includes(element.name) ?? true)
    .map((child) => ({
      name: checkedName(child.element.name),
      shape: shapeOf(child, { definition: 0, repetition: 0 }),
    }));
}

/** The leaves of a shape, in stored order. */
export function leavesOf(shape: Shape): readonly Leaf[] {
  if (shape.kind === 'leaf') return [shape.leaf];
  return shape.kind === 'list' ? leavesOf(shape.item) : shape.fields.flatMap(([, field]) => leavesOf(field));
}

function shapeOf(node: SchemaTree, above: Levels): Shape {
  const repetition = node.element.repetition_type;
  // Without the list annotation: a list that is never null.
  if (repetition === 'REPEATED') return listOf(node, above.definition, above);
  return unrepeated(node, repetition === 'OPTIONAL' ? { ...above, definition: above.definition + 1 } : above);
}

function unrepeated(node: SchemaTree, levels: Levels): Shape {
  const { element, children, path } = node;
  const name = path.join('.');
  if (children.length === 0) {
    if (element.type === undefined) throw new DamagedError(`The column ${name} has neither a type nor fields.`);
    return {
      kind: 'leaf',
      leaf: {
        name,
        path,
        physical: element.type,
        typeLength: element.type_length,
        convert: converterOf(element, name),
        mostDefinition: levels.definition,
        mostRepetition: levels.repetition,
      },
    };
  }
  const [only] = children;
  const isList = isAnnotated(node, 'LIST') || isAnnotated(node, 'MAP');
  if (isList && children.length === 1 && only?.element.repetition_type === 'REPEATED')
    return listOf(only, levels.definition, levels, node);
  const fields = children.map((child) => [checkedName(child.element.name), shapeOf(child, levels)] as const);
  return { kind: 'struct', present: levels.definition, fields };
}

function isAnnotated({ element }: SchemaTree, kind: 'LIST' | 'MAP'): boolean {
  const { logical_type: logical, converted_type: converted } = element;
  return logical?.type === kind || converted === kind || (kind === 'MAP' && converted === 'MAP_KEY_VALUE');
}

function listOf(repeated: SchemaTree, present: number, above: Levels, list?: SchemaTree): Shape {
  const levels = { definition: above.definition + 1, repetition: above.repetition + 1 };
  const item =
    list !== undefined && isWrapper(repeated, list)
      ? shapeOf(repeated.children[0]!, levels)
      : unrepeated(repeated, levels);
  return { kind: 'list', present, filled: levels.definition, repetition: levels.repetition, item };
}

/** Whether the repeated group only wraps the element, by the rules of the format for older files. */
function isWrapper({ element, children }: SchemaTree, list: SchemaTree): boolean {
  if (children.length !== 1 || isAnnotated(list, 'MAP')) return false;
  return element.name !== 'array' && element.name !== `${list.element.name}_tuple`;
}
