/**
 * @file How GGUF stores numbers: each format packs a fixed count of them into a block of a fixed number of bytes.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */

/** One way of storing numbers. Both functions take whole blocks. */
export interface BlockFormat {
  /** Its number in a file. */
  readonly id: number;
  /** Numbers in a block. */
  readonly blockLength: number;
  readonly blockBytes: number;
  /** Writes the numbers of the blocks in `bytes` into `target`. */
  decode(bytes: Uint8Array, target: Float32Array): void;
  /** Writes the blocks of `values` into `bytes`, rounded as ggml's own reference code rounds. */
  readonly encode?: (values: Float32Array, bytes: Uint8Array) => void;
}

/** A format that is written as well. */
export type WritableFormat = BlockFormat & Required<Pick<BlockFormat, "encode">>;
