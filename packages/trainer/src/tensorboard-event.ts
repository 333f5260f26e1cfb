/** What an entry of a TensorBoard file says. */
export interface TensorBoardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** Numbers by their tags, such as `train/loss`. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** Of the first entry of a file: the version of the format. */
  readonly fileVersion?: string;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

const field = (number: number, wireType: number, value: Uint8Array): Uint8Array =>
  Buffer.concat([varint((number << 3) | wireType), value]);
const bytesField = (number: number, value: Uint8Array): Uint8Array =>
  field(number, BYTES, Buffer.concat([varint(value.length), value]));

function float64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function float32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

/**
 * The protocol buffer `tensorflow.Event`: wall_time = 1, step = 2, file_version = 3, summary = 5; in the summary values
 * with tag = 1 and simple_value = 2.
 * @see tensorflow/tensorboard, tensorboard/compat/proto/event.proto and summary.proto
 */
export function encodeEvent({ wallTime, step, scalars, fileVersion }: TensorBoardEvent): Uint8Array {
  const values = Object.entries(scalars ?? {}).map(([tag, value]) =>
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), field(2, FIXED32, float32(value))])),
  );
  return Buffer.concat([
    field(1, FIXED64, float64(wallTime)),
    ...(step === 0 ? [] : [field(2, VARINT, varint(step))]), // zero is what is not there
    ...(fileVersion === undefined ? [] : [bytesField(3, Buffer.from(fileVersion))]),
    ...(scalars === undefined ? [] : [bytesField(5, Buffer.concat(values))]),
  ]);
}
