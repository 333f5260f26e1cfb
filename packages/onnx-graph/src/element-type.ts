interface ElementTypeSpec {
  /** `TensorProto.DataType` in onnx.proto. */
  readonly code: number;
  /** Bytes of one element; 0 when they vary (strings). */
  readonly bytes: number;
  readonly kind: 'float' | 'signed' | 'unsigned' | 'bool' | 'string';
}

/** The element types this package handles, with their codes in onnx.proto. */
export const ELEMENT_TYPES = {
  float32: { code: 1, bytes: 4, kind: 'float' },
  uint8: { code: 2, bytes: 1, kind: 'unsigned' },
  int8: { code: 3, bytes: 1, kind: 'signed' },
  int32: { code: 6, bytes: 4, kind: 'signed' },
  int64: { code: 7, bytes: 8, kind: 'signed' },
  string: { code: 8, bytes: 0, kind: 'string' },
  bool: { code: 9, bytes: 1, kind: 'bool' },
  float16: { code: 10, bytes: 2, kind: 'float' },
  float64: { code: 11, bytes: 8, kind: 'float' },
  uint32: { code: 12, bytes: 4, kind: 'unsigned' },
  uint64: { code: 13, bytes: 8, kind: 'unsigned' },
  bfloat16: { code: 16, bytes: 2, kind: 'float' },
} as const satisfies Record<string, ElementTypeSpec>;

export type ElementType = keyof typeof ELEMENT_TYPES;

const BY_CODE: ReadonlyMap<number, ElementType> = new Map(
  Object.entries(ELEMENT_TYPES).map(([name, { code }]) => [code, name as ElementType]),
);

/** The element type with a code of onnx.proto, or `undefined` for one this package does not handle. */
export function elementTypeOfCode(code: number): ElementType | undefined {
  return BY_CODE.get(code);
}

/** True for the types gradients flow through. */
export function isFloat(type: ElementType): boolean {
  return ELEMENT_TYPES[type].kind === 'float';
}
