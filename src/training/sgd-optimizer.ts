/** @file SGD on memory: the update that `sgd.ts` defines, as kernels. */
import type { Parameter } from "../graph/index.ts";
import { sgdKernel, sgdMomentumKernel, sgdNesterovKernel } from "./optimizer-kernels.ts";
import { Optimizer } from "./optimizer.ts";
import type { StepOptions } from "./optimizer.ts";
import { ParameterMemory } from "./parameter-memory.ts";
import type { MemoryOptions } from "./parameter-memory.ts";
import { checkSgdOptions, sgdDefaults } from "./sgd.ts";
import type { SgdOptions } from "./sgd.ts";
import { decaysWeight } from "./weight-decay.ts";
import type { DecayOptions } from "./weight-decay.ts";

type SgdState = "momentum";

/** SGD, see `sgd` for what a step does; `torch.optim.SGD` in numbers. Without momentum it has no state. */
export class Sgd extends Optimizer<SgdState> {
  readonly #options: SgdOptions & DecayOptions;

  /** Use `Sgd.create`. */
  private constructor(memory: ParameterMemory<SgdState>, options: SgdOptions & DecayOptions) {
    super(memory);
    this.#options = options;
  }

  /** Moves `parameters` into memory with gradients and momentum; throws UserError when there is not enough. */
  static async create(
    parameters: readonly Parameter[],
    options: Partial<SgdOptions> & DecayOptions & Omit<MemoryOptions<SgdState>, "state"> = {},
  ): Promise<Sgd> {
    const complete = { ...sgdDefaults, ...options };
    checkSgdOptions(complete);
    const state = complete.momentum === 0 ? [] : (["momentum"] as const);
    return new Sgd(await ParameterMemory.allocate(parameters, { ...options, state }), complete);
  }

  protected override async update({ learningRate, gradientScale }: Required<StepOptions>) {
    const { momentum, nesterov, weightDecay } = this.#options;
    const scalarsOf = (parameter: Parameter) => ({
      gradientScale,
      negativeLearningRate: -learningRate,
      weightDecay: decaysWeight(parameter, this.#options) ? weightDecay : 0,
      momentum,
    });
    if (momentum === 0) await this.memory.run(sgdKernel, scalarsOf);
    else await this.memory.run(nesterov ? sgdNesterovKernel : sgdMomentumKernel, scalarsOf);
  }
}
