/** @file Writing GGUF, version 3: tensors are made one after the other, when their turn comes. */
import { UserError } from "../../errors.ts";
import { writeFileAtomically, type DeferredPart, type FileSummary } from "../atomic-file.ts";
import { blockFormats, type WritableGgmlType } from "./ggml-types.ts";
import { defaultAlignment, magic } from "./header.ts";
import { HeaderWriter } from "./header-writer.ts";
import type { Metadata } from "./metadata.ts";

/** A tensor to write. */
export interface WritableGgufTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: WritableGgmlType;
  /** Gives its numbers, row-major, when they are needed; they are not kept. */
  readonly values: () => Float32Array | Promise<Float32Array>;
}

/** ggml holds names in 64 bytes, the last of which is 0. */
const mostNameBytes = 63;

/**
 * Writes a GGUF file to `path`, replacing an earlier one only when all is on disk. Throws a UserError for a full disk, an
 * unwritable place, or a tensor that the format cannot hold.
 */
export async function writeGguf(
  path: string,
  metadata: Metadata,
  tensors: readonly WritableGgufTensor[],
): Promise<FileSummary> {
  const header = new HeaderWriter();
  header.uint32(magic);
  header.uint32(3);
  header.uint64(tensors.length);
  header.uint64(metadata.size);
  for (const [key, value] of metadata) header.entry(key, value);
  const parts: (DeferredPart | Uint8Array)[] = [];
  let start = 0;
  for (const tensor of tensors) {
    check(tensor, path);
    header.tensor(tensor, blockFormats[tensor.dtype].id, start);
    const part = partOf(tensor);
    const after = new Uint8Array(paddingBytes(part.byteLength));
    parts.push(part, after);
    start += part.byteLength + after.length;
  }
  const front = header.finish();
  return writeFileAtomically(path, [
    front,
    new Uint8Array(paddingBytes(front.byteLength)),
    ...parts,
  ]);
}

function check({ name, shape, dtype }: WritableGgufTensor, path: string): void {
  const { blockLength } = blockFormats[dtype];
  const width = shape.at(-1) ?? 1;
  if (width % blockLength !== 0) {
    throw new UserError(
      `${path}: expected rows of "${name}" to be a multiple of ${blockLength}, as ${dtype} needs, got ${width}. Choose F16 or F32.`,
    );
  }
  if (shape.length > 4 || Buffer.byteLength(name) > mostNameBytes) {
    throw new UserError(
      `${path}: expected at most 4 dimensions and a name of at most ${mostNameBytes} bytes, got ${shape.length} for "${name}".`,
    );
  }
}

function partOf({ shape, dtype, values }: WritableGgufTensor): DeferredPart {
  const { blockLength, blockBytes } = blockFormats[dtype];
  const length = shape.reduce((total, each) => total * each, 1);
  const byteLength = (length / blockLength) * blockBytes;
  return { byteLength, make: async () => encodeTensor(await values(), dtype) };
}

/** Numbers of one turn: encoding them takes a few milliseconds. */
const turnLength = 512 * 1024;

/** `values` in a format of GGUF, leaving the event loop free in between. */
export async function encodeTensor(
  values: Float32Array,
  dtype: WritableGgmlType,
): Promise<Uint8Array> {
  const { blockLength, blockBytes, encode } = blockFormats[dtype];
  const bytesAt = (at: number) => (at / blockLength) * blockBytes;
  const bytes = new Uint8Array(bytesAt(values.length));
  for (let at = 0; at < values.length; at += turnLength) {
    const end = Math.min(at + turnLength, values.length);
    encode(values.subarray(at, end), bytes.subarray(bytesAt(at), bytesAt(end)));
    if (end < values.length) await new Promise((resume) => setImmediate(resume));
  }
  return bytes;
}

/** Zeros that follow `bytes` bytes, so that what comes next is aligned. */
function paddingBytes(bytes: number): number {
  return (defaultAlignment - (bytes % defaultAlignment)) % defaultAlignment;
}
