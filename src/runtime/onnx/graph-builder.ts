/**
 * @file Collects ONNX nodes: names values, shares constants, and gives the same node only once. Sharing equal nodes is
 * what lets a gradient rule say `softmax(logits)` again and get the one that the forward computed.
 */
import type { Blocks, DType, Emit, OnnxAttributes, Ref, Shape } from "../../graph/index.ts";
import { BlockWeight } from "./block-weight.ts";
import type { TensorValue } from "./element-type.ts";
import type { OnnxAttribute, OnnxInitializer, OnnxNode } from "./model.ts";

const contrib = "com.microsoft.";
const casts = { float32: 1, int32: 6, bool: 9 } as const satisfies Record<DType, number>;

export interface BuilderOptions {
  /**
   * Gives equal int64 vectors once. Not where lengths are free, for then two that are equal at one length may differ
   * at another.
   */
  readonly sharesInts: boolean;
  /** Operators that the device does not have. */
  readonly lacking?: ReadonlySet<string>;
}

export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxInitializer[] = [];
  readonly emit: Emit;
  readonly #known = new Map<string, readonly Ref[]>();
  readonly #sharesInts: boolean;

  constructor({ sharesInts, lacking = new Set() }: BuilderOptions) {
    this.#sharesInts = sharesInts;
    this.emit = Object.assign(
      (operator: string, inputs: readonly (Ref | undefined)[], attributes?: OnnxAttributes) =>
        this.#node(operator, inputs, 1, attributes)[0],
      {
        many: (
          operator: string,
          inputs: readonly (Ref | undefined)[],
          outputs: number,
          attributes?: OnnxAttributes,
        ) => [...this.#node(operator, inputs, outputs, attributes)],
        ints: (values: readonly number[]) => this.#ints(values),
        scalar: (value: number, dtype: DType) => this.#scalar(value, dtype),
        blocks: (weight: Ref) => (weight instanceof BlockWeight ? weight : undefined),
        stack: (weights: readonly Ref[]) => this.#stack(weights),
        cast: (value: Ref, dtype: DType) => this.#node("Cast", [value], 1, { to: casts[dtype] })[0],
        has: (operator: string) => !lacking.has(operator),
      },
    );
  }

  /** A constant of any size, under a new name. */
  initializer(value: TensorValue): Ref {
    return this.named((name) => ({ name, ...value }));
  }

  /** The same, for a constant that is more than its fields. */
  named(make: (name: string) => OnnxInitializer): Ref {
    const name = `constant_${this.initializers.length}`;
    this.initializers.push(make(name));
    return { ref: name };
  }

  /** A matrix in blocks. */
  blockWeight(blocks: Blocks, shape: Shape): Ref {
    return new BlockWeight(this, [blocks], shape);
  }

  #stack(weights: readonly Ref[]): Ref | undefined {
    const blocks = weights.filter((weight) => weight instanceof BlockWeight);
    if (blocks.length < weights.length || blocks.some(({ bits }) => bits !== blocks[0].bits)) {
      return undefined;
    }
    const rows = blocks.reduce((total, { shape }) => total + shape[0], 0);
    const parts = blocks.flatMap((one) => one.parts);
    return new BlockWeight(this, parts, [rows, ...blocks[0].shape.slice(1)]);
  }

  #node(
    operator: string,
    inputs: readonly (Ref | undefined)[],
    outputs: number,
    attributes: OnnxAttributes = {},
  ): readonly Ref[] {
    const names = inputs.map((input) => input?.ref ?? "");
    const key = JSON.stringify([operator, names, attributes]);
    return this.#once(key, () => {
      const id = this.nodes.length;
      const isContrib = operator.startsWith(contrib);
      const opType = isContrib ? operator.slice(contrib.length) : operator;
      const refs = Array.from({ length: outputs }, (_, i) => ({ ref: `${opType}_${id}_${i}` }));
      this.nodes.push({
        opType,
        ...(isContrib && { domain: "com.microsoft" as const }),
        inputs: names,
        outputs: refs.map(({ ref }) => ref),
        attributes: onnxAttributes(attributes),
        name: `${opType}_${id}`,
      });
      return refs;
    });
  }

  #ints(values: readonly number[]): Ref {
    const data = BigInt64Array.from(values, BigInt);
    const value = { dtype: "int64", shape: [values.length], data } as const;
    if (!this.#sharesInts) return this.initializer(value);
    return this.#once(`ints ${values.join()}`, () => [this.initializer(value)])[0];
  }

  #scalar(value: number, dtype: DType): Ref {
    const data =
      dtype === "float32"
        ? Float32Array.of(value)
        : dtype === "int32"
          ? Int32Array.of(value)
          : Uint8Array.of(value);
    const key = `${dtype} ${Object.is(value, -0) ? "-0" : value}`;
    return this.#once(key, () => [this.initializer({ dtype, shape: [], data })])[0];
  }

  #once(key: string, make: () => readonly Ref[]): readonly Ref[] {
    const known = this.#known.get(key);
    if (known) return known;
    const refs = make();
    this.#known.set(key, refs);
    return refs;
  }
}

function onnxAttributes(attributes: OnnxAttributes): Record<string, OnnxAttribute> {
  const entries = Object.entries(attributes).map(([name, value]): [string, OnnxAttribute] => {
    if (typeof value === "number") return [name, { int: value }];
    if (typeof value === "string") return [name, { string: value }];
    return [name, "float" in value ? { float: value.float } : { ints: value }];
  });
  return Object.fromEntries(entries);
}
