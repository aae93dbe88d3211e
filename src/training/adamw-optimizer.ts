/** @file AdamW on memory: the update that `adamw.ts` defines, as a kernel. */
import type { Parameter } from "../graph/index.ts";
import { adamWCoefficients, adamWDefaults } from "./adamw.ts";
import type { AdamWOptions } from "./adamw.ts";
import { adamWKernel } from "./optimizer-kernels.ts";
import { Optimizer } from "./optimizer.ts";
import type { StepOptions } from "./optimizer.ts";
import { ParameterMemory } from "./parameter-memory.ts";
import type { MemoryOptions } from "./parameter-memory.ts";
import { decaysWeight } from "./weight-decay.ts";
import type { DecayOptions } from "./weight-decay.ts";

type Moment = "mean" | "variance";

/** AdamW, see `adamW` for what a step does; `torch.optim.AdamW` in numbers. */
export class AdamW extends Optimizer<Moment> {
  /** Names of the state's buffers, each as large as the parameters. */
  static readonly stateBuffers: readonly Moment[] = ["mean", "variance"];
  readonly #options: AdamWOptions & DecayOptions;

  /** Use `AdamW.create`. */
  private constructor(
    memory: ParameterMemory<Moment>,
    options: Partial<AdamWOptions> & DecayOptions,
  ) {
    super(memory);
    this.#options = { ...adamWDefaults, ...options };
  }

  /** Moves `parameters` into memory with gradients and moments; throws UserError when there is not enough. */
  static async create(
    parameters: readonly Parameter[],
    options: Partial<AdamWOptions> & DecayOptions & Omit<MemoryOptions<Moment>, "state"> = {},
  ): Promise<AdamW> {
    const state = AdamW.stateBuffers;
    return new AdamW(await ParameterMemory.allocate(parameters, { ...options, state }), options);
  }

  protected override async update(options: Required<StepOptions> & { step: number }) {
    const { gradientScale } = options;
    const decayed = { gradientScale, ...adamWCoefficients(this.#options, options) };
    const undecayed = { ...decayed, decayFactor: 1 };
    await this.memory.run(adamWKernel, (parameter) =>
      decaysWeight(parameter, this.#options) ? decayed : undecayed,
    );
  }
}
