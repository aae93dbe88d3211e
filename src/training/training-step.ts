/** @file Forward, loss and backward of a model as one compiled graph that writes gradients where the optimizer reads them. */
import type { Tensor } from "../graph/index.ts";
import type { ForwardOptions } from "../nn/index.ts";
import type { Generator } from "../random/index.ts";
import { compile } from "../runtime/index.ts";
import type { Compiled, CompileOptions } from "../runtime/index.ts";
import { gradients } from "../transform/index.ts";
import type { ParameterMemory } from "./parameter-memory.ts";

/** A model that can be trained. */
export interface Trainable {
  loss(ids: Tensor, targets: Tensor, options?: ForwardOptions): Tensor;
}

export interface TrainingStepOptions extends Pick<
  CompileOptions,
  "runtime" | "device" | "threads"
> {
  readonly batchSize: number;
  readonly blockSize: number;
  /** Draws dropout's masks; without it nothing is dropped. */
  readonly generator?: Generator | undefined;
}

/** One batch forward and backward. */
export class TrainingStep {
  readonly #compiled: Compiled;

  private constructor(compiled: Compiled) {
    this.#compiled = compiled;
  }

  /** Compiles the step for the parameters in `memory`, whose `incoming` buffers it will fill. */
  static async create(
    model: Trainable,
    memory: ParameterMemory,
    { batchSize, blockSize, generator, ...options }: TrainingStepOptions,
  ): Promise<TrainingStep> {
    const spec = { dtype: "int32", shape: [batchSize, blockSize] } as const;
    const parameters = memory.slots.map(({ parameter }) => parameter);
    const step = (ids: Tensor, targets: Tensor) => {
      const loss = model.loss(ids, targets, { generator });
      return [loss, ...gradients(loss, parameters)];
    };
    const outputs = [undefined, ...memory.slots.map(({ incoming }) => incoming)];
    return new TrainingStep(await compile(step, [spec, spec], { ...options, outputs }));
  }

  /** The loss of int32 `inputs` and `targets` `(B, T)` in nats per token; gradients go to memory. */
  async run(inputs: Int32Array, targets: Int32Array): Promise<number> {
    const [loss] = await this.#compiled(inputs, targets);
    return loss.data[0];
  }

  /** Operators that run on the CPU although another device was asked for. */
  get cpuFallbacks(): readonly string[] {
    return this.#compiled.cpuFallbacks;
  }

  release(): void {
    this.#compiled.release();
  }
}
