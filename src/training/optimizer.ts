/**
 * @file What all optimizers have in common: gradients that are summed and measured where they lie, and a state that goes into
 * checkpoints and comes back bit for bit.
 */
import { UserError } from "../errors.ts";
import { formatShape, sameShape } from "../graph/index.ts";
import type { Parameter, Shape } from "../graph/index.ts";
import type { StoredTensor } from "../weights/index.ts";
import { accumulateKernel, sumOfSquaresKernel } from "./optimizer-kernels.ts";
import type { ParameterMemory } from "./parameter-memory.ts";

/** What differs from step to step. */
export interface StepOptions {
  readonly learningRate: number;
  /** Gradients count this many times: 1/k for the mean of k summed runs, times the clipping factor. 1 by default. */
  readonly gradientScale?: number;
}

/** Where an optimizer's state comes from; an open safetensors file is one. */
export interface StateSource {
  readonly path: string;
  readonly entries: ReadonlyMap<string, { readonly shape: Shape }>;
  readFloat32(name: string, target: Float32Array): Promise<Float32Array>;
}

/** Changes parameters by their gradients. One call at a time; the event loop goes on meanwhile. */
export abstract class Optimizer<State extends string = string> {
  readonly memory: ParameterMemory<State>;
  #stepsDone = 0;
  #hasGradient = false;

  protected constructor(memory: ParameterMemory<State>) {
    this.memory = memory;
  }

  /** Steps since the beginning of training, those before a checkpoint included. */
  get stepsDone(): number {
    return this.#stepsDone;
  }

  /**
   * Adds what the last run wrote to the gradient; the first time after a step it starts the gradient anew.
   * For a memory that accumulates; otherwise runs write the gradient itself.
   */
  async accumulate(): Promise<void> {
    if (this.#hasGradient) await this.memory.run(accumulateKernel, () => ({}));
    else await this.memory.startGradient();
    this.#hasGradient = true;
  }

  /** The Euclidean norm of all gradients taken as one vector, before any scale. */
  async gradientNorm(): Promise<number> {
    return Math.sqrt(await this.memory.run(sumOfSquaresKernel, () => ({})));
  }

  /** Changes the parameters, and the state, by one step. */
  async step(options: StepOptions): Promise<void> {
    const { learningRate, gradientScale = 1 } = options;
    await this.update({ learningRate, gradientScale, step: this.#stepsDone + 1 });
    this.#stepsDone++;
    this.#hasGradient = false;
    for (const { parameter } of this.memory.slots) parameter.touch();
  }

  /** The state by name, to be stored before the next step: views of memory, not copies. */
  state(): StoredTensor[] {
    const step = Float32Array.of(this.#stepsDone); // exact up to 16.7 million
    const buffers = this.#buffers().map(({ name, parameter: { shape }, data }) => {
      return { name, dtype: "F32", shape, data } as const;
    });
    return [{ name: stepName, dtype: "F32", shape: [], data: step }, ...buffers];
  }

  /** Takes over a state that `state()` gave; throws UserError, with nothing changed, when it is another model's. */
  async load(source: StateSource): Promise<void> {
    const buffers = this.#buffers();
    expectEntry(source, stepName, []);
    for (const { name, parameter } of buffers) expectEntry(source, name, parameter.shape);
    for (const { name, data } of buffers) await source.readFloat32(name, data);
    [this.#stepsDone] = await source.readFloat32(stepName, new Float32Array(1));
    this.#hasGradient = false;
  }

  /** Runs the update of step `step`, counted from 1, over all parameters. */
  protected abstract update(options: Required<StepOptions> & { step: number }): Promise<void>;

  #buffers(): { name: string; parameter: Parameter; data: Float32Array }[] {
    return this.memory.slots.flatMap(({ parameter, state }) =>
      Object.entries<Float32Array>(state).map(([buffer, data]) => {
        return { name: `${buffer}.${parameter.name}`, parameter, data };
      }),
    );
  }
}

const stepName = "step";

function expectEntry({ path, entries }: StateSource, name: string, shape: Shape): void {
  const entry = entries.get(name);
  if (entry && sameShape(entry.shape, shape)) return;
  const got = entry ? formatShape(entry.shape) : "none";
  throw new UserError(
    `${path}: expected "${name}" of shape ${formatShape(shape)}, got ${got}. ` +
      `Use the checkpoint of a run with the same model and optimizer.`,
  );
}
