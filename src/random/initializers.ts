import type { Generator } from "./generator.ts";

/** Gives a new parameter of `shape` its first values: fills all of `out`, drawing from `generator`. */
export type Initializer = (
  generator: Generator,
  out: Float32Array,
  shape: readonly number[],
) => void;

/** The weight of PyTorch's `Linear`, (outputs, inputs): `kaiming_uniform_` with a = √5, which means ±1/√inputs. */
export const linearWeight: Initializer = (generator, out, shape) => {
  const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
  const gain = Math.sqrt(2 / (1 + Math.sqrt(5) ** 2));
  const bound = Math.sqrt(3) * (gain / Math.sqrt(fanIn));
  generator.uniform(out, { from: -bound, to: bound });
};

/** The bias of PyTorch's `Linear` with `fanIn` inputs; draw it after the weight. */
export function linearBias(fanIn: number): Initializer {
  const bound = 1 / Math.sqrt(fanIn);
  return uniformInit(-bound, bound);
}

/** The weight of PyTorch's `Embedding`: standard normal. */
export const embedding: Initializer = (generator, out) => generator.normal(out);

/** Normal with mean 0, like `nn.init.normal_(weight, 0, std)`. */
export function normalInit(std: number): Initializer {
  return (generator, out) => generator.normal(out, { std });
}

/** Uniform between two bounds, like `nn.init.uniform_(weight, from, to)`. */
export function uniformInit(from: number, to: number): Initializer {
  return (generator, out) => generator.uniform(out, { from, to });
}

/** The same value everywhere; draws nothing. */
export function constant(value: number): Initializer {
  return (_generator, out) => void out.fill(value);
}
