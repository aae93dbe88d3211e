/** @file Named tensors on disk, whatever the format: listed at once, each read when it is asked for. */
import { UserError } from "../errors.ts";
import type { Blocks } from "../graph/index.ts";

/** A tensor as it is stored. */
export interface WeightEntry {
  readonly name: string;
  /** The number format, by the name that the file's format has for it: `BF16`, `Q8_0`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sizeBytes: number;
}

/** Open until `close`. */
export interface Weights {
  /** Where they lie, for messages. */
  readonly path: string;
  readonly entries: ReadonlyMap<string, WeightEntry>;

  /**
   * Reads a tensor as float32, into `target` (which may be shared memory) or a new array, and returns it. Throws a UserError for
   * a name that is not there, for numbers that are not floating, and for a target of another length.
   */
  readFloat32(name: string, target?: Float32Array): Promise<Float32Array>;

  /**
   * The numbers of a matrix (rows, columns) as they are stored, where that is in blocks along its rows or, if `isTransposed`, along
   * its columns, which then come one after the other. Undefined where they are stored otherwise, or in more than `mostBits`.
   */
  readBlocks?(
    name: string,
    options: { readonly isTransposed: boolean; readonly mostBits: number },
  ): Promise<Blocks | undefined>;

  /** The bytes of a tensor as they are stored. */
  readBytes(name: string): Promise<Uint8Array<ArrayBuffer>>;

  close(): Promise<void>;
}

/** The entry of that name; throws a UserError where there is none. */
export function entryOf<E>(
  { path, entries }: { readonly path: string; readonly entries: ReadonlyMap<string, E> },
  name: string,
): E {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  const names = [...entries.keys()];
  const some = names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "");
  throw new UserError(
    `${path}: expected a tensor "${name}", got ${names.length} others (${some}). ` +
      `Check that the file belongs to this model.`,
  );
}

/** An array for the numbers of `entry`: `target` if it is given and long enough, else a new one. */
export function arrayFor(
  { path }: { readonly path: string },
  { name, shape }: Pick<WeightEntry, "name" | "shape">,
  target: Float32Array | undefined,
): Float32Array {
  const length = shape.reduce((total, each) => total * each, 1);
  const values = target ?? new Float32Array(length);
  if (values.length === length) return values;
  throw new UserError(
    `${path}: expected ${values.length} numbers in "${name}", got ${length}, shape ` +
      `(${shape.join(", ")}). Use a file that was saved from the same model.`,
  );
}
