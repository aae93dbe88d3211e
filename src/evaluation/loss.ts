/** @file The loss on data that the model was not trained on. */
import type { Tensor } from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import type { Compiled, CompileOptions } from "../runtime/index.ts";

/** A model that can be asked for its loss. */
export interface HasLoss {
  /** Mean cross-entropy in nats of int32 targets `(B, T)` after int32 ids `(B, T)`. */
  loss(ids: Tensor, targets: Tensor): Tensor;
}

export interface Examples {
  /** `(B, T)` */
  readonly inputs: Int32Array;
  /** `(B, T)` */
  readonly targets: Int32Array;
}

/** Measures a model on batches of one shape; weights are read at each call, so a model in training may be measured. */
export class LossEvaluator {
  readonly #compiled: Compiled;

  private constructor(compiled: Compiled) {
    this.#compiled = compiled;
  }

  static async create(
    model: HasLoss,
    { batchSize, blockSize }: { readonly batchSize: number; readonly blockSize: number },
    options: Pick<CompileOptions, "runtime" | "device" | "threads"> = {},
  ): Promise<LossEvaluator> {
    const spec = { dtype: "int32", shape: [batchSize, blockSize] } as const;
    const fn = (ids: Tensor, targets: Tensor) => [model.loss(ids, targets)];
    return new LossEvaluator(await compile(fn, [spec, spec], options));
  }

  /** The mean loss over `batches`, in nats per token; NaN when there are none. */
  async meanLoss(batches: Iterable<Examples>, signal?: AbortSignal): Promise<number> {
    let total = 0;
    let count = 0;
    for (const { inputs, targets } of batches) {
      signal?.throwIfAborted();
      const [loss] = await this.#compiled(inputs, targets);
      total += loss.data[0];
      count++;
    }
    return total / count;
  }

  /** Operators that run on the CPU although another device was asked for. */
  get cpuFallbacks(): readonly string[] {
    return this.#compiled.cpuFallbacks;
  }

  release(): void {
    this.#compiled.release();
  }
}

/** Nats per token as bits per byte of text: what models with different vocabularies can be compared by. */
export function bitsPerByte(nats: number, bytesPerToken: number): number {
  return nats / Math.LN2 / bytesPerToken;
}
