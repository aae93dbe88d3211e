import { bernoulli, type Probability } from "./bernoulli.ts";
import { categorical, type Outcomes } from "./categorical.ts";
import { Engine } from "./engine.ts";
import { exponential } from "./exponential.ts";
import { permutation, randint } from "./integers.ts";
import { multinomial, type MultinomialOptions } from "./multinomial.ts";
import { normal, type NormalShape } from "./normal.ts";
import { uniform, type UniformRange } from "./uniform.ts";

type Floats = Float32Array | Float64Array;
type Numbers = Float32Array | Float64Array | Int32Array;

/**
 * A stream of random numbers, bit for bit that of PyTorch's CPU generator after `torch.manual_seed(seed)`. The dtype
 * of the array to fill decides the method, as a tensor's does there.
 *
 * @example
 * const generator = new Generator(123);
 * generator.normal(weights, { std: 0.02 }); // the values of weights.normal_(0, 0.02)
 */
export class Generator {
  private readonly engine: Engine;

  constructor(seed: number | bigint) {
    this.engine = new Engine(seed);
  }

  /** Starts the stream anew, as `torch.manual_seed(seed)` does; throws a UserError for a fraction. */
  seed(seed: number | bigint): void {
    this.engine.seed(seed);
  }

  /** The 5,056 bytes of `torch.get_rng_state()`, from which `restore` continues bit by bit. */
  state(): Uint8Array {
    return this.engine.state();
  }

  /** Continues where `state()` was taken, here or in PyTorch; throws a UserError for other bytes. */
  restore(state: Uint8Array): void {
    this.engine.restore(state);
  }

  /** Fills `out` with values between `from` (0) and `to` (1), like `tensor.uniform_`. */
  uniform(out: Floats, range?: UniformRange): void {
    uniform(this.engine, out, range);
  }

  /** Fills `out` with normal values of `mean` (0) and `std` (1), like `tensor.normal_` and `torch.randn`. */
  normal(out: Floats, shape?: NormalShape): void {
    normal(this.engine, out, shape);
  }

  /** Fills `out` with whole numbers from `low` to `high - 1`, like `torch.randint`. */
  randint(out: Numbers, low: number, high: number): void {
    randint(this.engine, out, low, high);
  }

  /** A whole number from 0 to 2^63 - 1, like `random_()` of an int64 tensor; DataLoader seeds itself with it. */
  random64(): bigint {
    return this.engine.next64() & (2n ** 63n - 1n);
  }

  /** The numbers 0 to n - 1 in random order, like `torch.randperm`. */
  permutation(n: number): Uint32Array {
    return permutation(this.engine, n);
  }

  /** Fills `out` with `value` (1) with probability `p`, a number or one for each, and with 0 elsewhere. */
  bernoulli(out: Numbers, p: Probability, value?: number): void {
    bernoulli(this.engine, out, p, value);
  }

  /** Fills `out` with exponential values of rate 1, like `tensor.exponential_`. */
  exponential(out: Floats): void {
    exponential(this.engine, out);
  }

  /** Draws `count` indices in proportion to their weights, like `torch.multinomial`. */
  multinomial(probabilities: Floats, count: number, options?: MultinomialOptions): Int32Array {
    return multinomial(this.engine, probabilities, count, options);
  }

  /** Draws an outcome in proportion to exp(logit): `multinomial` of the softmax, several times faster. */
  categorical(logits: Float32Array, outcomes?: Outcomes): number {
    return categorical(this.engine, logits, outcomes);
  }
}
