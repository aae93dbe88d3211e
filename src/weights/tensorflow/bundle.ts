/**
 * @file The index of a TensorFlow checkpoint: for each variable its type, shape and place in the data files.
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/tensor_bundle.proto
 */
import { ByteCursor, Malformed } from "./byte-cursor.ts";
import { readTable } from "./table.ts";

export interface BundleEntry {
  readonly name: string;
  /** TensorFlow's number of the type; 1 is float32. */
  readonly dtype: number;
  readonly shape: readonly number[];
  /** Which of the data files. */
  readonly shard: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface Bundle {
  readonly numShards: number;
  readonly entries: ReadonlyMap<string, BundleEntry>;
}

/** Reads the bytes of an `.index` file. Throws Malformed. */
export function readBundle(file: Uint8Array): Bundle {
  let numShards = 1;
  const entries = new Map<string, BundleEntry>();
  for (const [name, value] of readTable(file)) {
    if (name === "") numShards = numberOf(fieldsOf(value), 1, 1);
    else entries.set(name, readEntry(name, value));
  }
  return { numShards, entries };
}

function readEntry(name: string, value: Uint8Array): BundleEntry {
  const fields = fieldsOf(value);
  const shape = fields.find(([number]) => number === 2)?.[1];
  const dimensions = shape instanceof Uint8Array ? fieldsOf(shape) : [];
  return {
    name,
    dtype: numberOf(fields, 1),
    shape: dimensions
      .filter(([number]) => number === 2)
      .map(([, dimension]) =>
        dimension instanceof Uint8Array ? numberOf(fieldsOf(dimension), 1) : 0,
      ),
    shard: numberOf(fields, 3),
    offset: numberOf(fields, 4),
    sizeBytes: numberOf(fields, 5),
  };
}

type Field = readonly [number: number, value: number | Uint8Array];

/** The fields of a protocol buffer: numbers, or bytes for what is nested. */
function fieldsOf(bytes: Uint8Array): Field[] {
  const cursor = new ByteCursor(bytes);
  const fields: Field[] = [];
  while (!cursor.isAtEnd) {
    const tag = cursor.varint();
    const number = Math.floor(tag / 8);
    const kind = tag % 8;
    if (kind === 0) fields.push([number, cursor.varint()]);
    else if (kind === 2) fields.push([number, cursor.take(cursor.varint())]);
    else if (kind === 5) cursor.take(4);
    else if (kind === 1) cursor.take(8);
    else throw new Malformed(`a field of kind ${kind}`);
  }
  return fields;
}

/** A field that is left out means 0. */
function numberOf(fields: readonly Field[], wanted: number, fallback = 0): number {
  const value = fields.findLast(([number]) => number === wanted)?.[1] ?? fallback;
  if (typeof value === "number") return value;
  throw new Malformed(`bytes in field ${wanted}`);
}
