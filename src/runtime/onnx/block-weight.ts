/** @file A weight in blocks of few bits, while a model is emitted: read as it is by operators that know blocks, as float32 by others. */
import { fromBlocks } from "../../graph/index.ts";
import type { BlockRefs, Bits, Blocks, Ref, Shape } from "../../graph/index.ts";
import type { TensorData } from "./element-type.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { OnnxInitializer } from "./model.ts";

export class BlockWeight implements Ref, BlockRefs {
  readonly bits: Bits;
  /** Matrices one below the other. */
  readonly parts: readonly Blocks[];
  readonly shape: Shape;
  readonly #builder: GraphBuilder;
  readonly #known = new Map<string, Ref>();

  constructor(builder: GraphBuilder, parts: readonly Blocks[], shape: Shape) {
    this.#builder = builder;
    this.parts = parts;
    this.shape = shape;
    this.bits = parts[0].bits;
  }

  /** The float32 numbers: written out when first asked for, as they take 4 to 8 times the memory. */
  get ref(): string {
    return this.#initializer("float32", this.shape, (blocks) => fromBlocks(blocks)).ref;
  }

  quants(shape: Shape): Ref {
    return this.#initializer("uint8", shape, ({ quants }) => quants);
  }

  scales(shape: Shape): Ref {
    return this.#initializer("float32", shape, ({ scales }) => scales);
  }

  #initializer(
    dtype: "float32" | "uint8",
    shape: Shape,
    dataOf: (blocks: Blocks) => TensorData,
  ): Ref {
    const key = `${dtype} ${shape.join()}`;
    const ref =
      this.#known.get(key) ??
      this.#builder.named(
        (name) => new JoinedInitializer({ name, dtype, shape }, this.parts, dataOf),
      );
    this.#known.set(key, ref);
    return ref;
  }
}

/** A constant that is put together from parts when first asked for. */
export class JoinedInitializer implements OnnxInitializer {
  readonly name: string;
  readonly dtype: "float32" | "uint8";
  readonly shape: Shape;
  readonly parts: readonly Blocks[];
  readonly #dataOf: (blocks: Blocks) => TensorData;
  #data: TensorData | undefined;

  constructor(
    { name, dtype, shape }: Pick<JoinedInitializer, "name" | "dtype" | "shape">,
    parts: readonly Blocks[],
    dataOf: (blocks: Blocks) => TensorData,
  ) {
    this.name = name;
    this.dtype = dtype;
    this.shape = shape;
    this.parts = parts;
    this.#dataOf = dataOf;
  }

  get data(): TensorData {
    return (this.#data ??= joined([...this.pieces()]));
  }

  *pieces(): Iterable<TensorData> {
    for (const part of this.parts) yield this.#dataOf(part);
  }

  /** Whether this is made of the same parts as another; costs nothing. */
  isSameAs(other: OnnxInitializer): boolean {
    return (
      other instanceof JoinedInitializer &&
      this.parts.length === other.parts.length &&
      this.parts.every((part, i) => part === other.parts[i])
    );
  }
}

function joined(arrays: readonly TensorData[]): TensorData {
  if (arrays.length === 1) return arrays[0];
  const Bytes = Uint8Array;
  const total = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const bytes = new Bytes(total);
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Bytes(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return arrays[0] instanceof Float32Array ? new Float32Array(bytes.buffer) : bytes;
}
