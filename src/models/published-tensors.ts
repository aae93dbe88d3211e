/**
 * @file How a published tensor is made of our parameters: under another name, transposed, or several fused into one.
 * A model family gives a list of these; reading, writing and comparing follow from it.
 */
import { UserError } from "../errors.ts";
import { blockLength, formatShape, sameShape, sizeOf } from "../graph/index.ts";
import type { Blocks, Parameter, Shape } from "../graph/index.ts";

export interface PublishedTensor {
  readonly name: string;
  /** As published. */
  readonly shape: Shape;
  /** Our parameters, one under the other along their first axis. None: the format demands it, the model lacks it: zeros. */
  readonly parts: readonly Parameter[];
  /** Published as (in, out) where ours is (out, in). */
  readonly isTransposed: boolean;
  /** Where only one of the planes along the first axis of the one part is published. */
  readonly plane?: number;
}

/** The numbers of a published tensor. */
export interface NamedValues {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array;
}

/**
 * Finds a published tensor by name: its numbers, or those of `wanted` in blocks along the rows of its parameters, which are its
 * own columns where it is transposed.
 */
export type ReadTensor = (name: string, wanted: PublishedTensor) => Found | Promise<Found>;
type Found =
  | { readonly shape: Shape; readonly data: Float32Array }
  | { readonly shape: Shape; readonly blocks: Blocks }
  | undefined;

/** A published tensor made of `parts` as they are. */
export function published(name: string, ...parts: readonly Parameter[]): PublishedTensor {
  return { name, shape: stackedShape(parts), parts, isTransposed: false };
}

/** A published matrix whose rows are the columns of `parts`. */
export function publishedTransposed(name: string, ...parts: readonly Parameter[]): PublishedTensor {
  return { name, shape: stackedShape(parts).toReversed(), parts, isTransposed: true };
}

/** One plane along the first axis of `part`: `(E, …) → (…)`. */
export function publishedPlane(name: string, part: Parameter, plane: number): PublishedTensor {
  return { name, shape: part.shape.slice(1), parts: [part], isTransposed: false, plane };
}

function stackedShape(parts: readonly Parameter[]): number[] {
  const rows = parts.reduce((total, { shape }) => total + shape[0], 0);
  return [rows, ...parts[0].shape.slice(1)];
}

/** The published numbers, from numbers shaped like our parameters (their data, or their gradients). Copies only where it must. */
export function pack(
  { shape, parts, isTransposed, plane }: PublishedTensor,
  numbersOf: (parameter: Parameter) => Float32Array,
): Float32Array {
  if (plane !== undefined) {
    const size = sizeOf(shape);
    return numbersOf(parts[0]).subarray(plane * size, (plane + 1) * size);
  }
  if (parts.length === 1 && !isTransposed) return numbersOf(parts[0]);
  const data = new Float32Array(sizeOf(shape));
  let row = 0;
  for (const part of parts) {
    const numbers = numbersOf(part);
    if (isTransposed) {
      const own = { data: numbers, stride: part.shape[1], start: 0 };
      transposeInto(part.shape, own, { data, stride: shape[1], start: row });
    } else data.set(numbers, row * (part.size / part.shape[0]));
    row += part.shape[0];
  }
  return data;
}

/** Side of the square that is transposed at a time: its rows and its columns fit into the cache together. */
const tile = 32;

/** Where a matrix lies in an array, row-major: row r begins at `start + r · stride`. */
interface Place {
  readonly data: Float32Array;
  readonly stride: number;
  readonly start: number;
}

/** Copies a matrix `(rows, columns)` transposed: element (r, c) of `from` becomes element (c, r) of `to`. */
function transposeInto([rows, columns]: Shape, from: Place, to: Place): void {
  for (let top = 0; top < rows; top += tile) {
    for (let left = 0; left < columns; left += tile) {
      const right = Math.min(left + tile, columns);
      const bottom = Math.min(top + tile, rows);
      for (let c = left; c < right; c++) {
        for (let r = top; r < bottom; r++) {
          to.data[to.start + c * to.stride + r] = from.data[from.start + r * from.stride + c];
        }
      }
    }
  }
}

let scratch = new Float32Array(0);

/** An array for a parameter's numbers: the same for all that store them in blocks and so do not keep it. */
function roomFor({ bits, size }: Parameter): Float32Array {
  if (bits === undefined) return new Float32Array(size);
  if (scratch.length < size) scratch = new Float32Array(size);
  return scratch.subarray(0, size);
}

/** Gives blocks to parameters that lie one under the other. */
function unpackBlocks({ parts }: PublishedTensor, { bits, quants, scales }: Blocks): void {
  let start = 0;
  for (const part of parts) {
    const end = start + part.size;
    part.assignBlocks({
      bits,
      quants: quants.subarray((start * bits) / 8, (end * bits) / 8),
      scales: scales.subarray(start / blockLength, end / blockLength),
    });
    start = end;
  }
}

/** Gives published numbers to our parameters; the planes of one are gathered in `whole`. */
function unpack(
  { shape, parts, isTransposed, plane }: PublishedTensor,
  data: Float32Array,
  whole: Map<Parameter, Float32Array>,
): void {
  if (plane !== undefined) {
    const numbers = whole.get(parts[0]) ?? new Float32Array(parts[0].size);
    whole.set(parts[0], numbers);
    return numbers.set(data, plane * data.length);
  }
  if (parts.length === 1 && !isTransposed) return parts[0].assign(data);
  let row = 0;
  for (const part of parts) {
    const [rows] = part.shape;
    const columns = part.size / rows;
    if (isTransposed) {
      const own = { data: roomFor(part), stride: columns, start: 0 };
      transposeInto([columns, rows], { data, stride: shape[1], start: row }, own);
      part.assign(own.data);
    } else part.assign(data.slice(row * columns, (row + rows) * columns));
    row += rows;
  }
}

/** Reads every tensor of `tensors` into our parameters; throws a UserError for one that is missing or of another shape. */
export async function loadPublished(
  tensors: readonly PublishedTensor[],
  read: ReadTensor,
): Promise<void> {
  const whole = new Map<Parameter, Float32Array>();
  for (const tensor of tensors) {
    const found = await read(tensor.name, tensor);
    if (!found || !sameShape(found.shape, tensor.shape)) {
      throw new UserError(
        `weights: expected "${tensor.name}" of shape ${formatShape(tensor.shape)}, ` +
          `got ${found ? formatShape(found.shape) : "none"}. Use weights that belong to this config.`,
      );
    }
    if ("blocks" in found) {
      unpackBlocks(tensor, found.blocks);
      continue;
    }
    if (tensor.parts.length === 0 && found.data.some((value) => value !== 0)) {
      throw new UserError(
        `weights: expected zeros in "${tensor.name}", which this model lacks, got other numbers. ` +
          `Use a config that has it.`,
      );
    }
    unpack(tensor, found.data, whole);
  }
  for (const [part, numbers] of whole) part.assign(numbers);
  scratch = new Float32Array(0);
}
