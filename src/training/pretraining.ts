/**
 * @file Pretraining: the loop. A step is made of pieces that each live elsewhere (batches, the compiled step, the optimizer,
 * the run directory); here is only their order, and what may interrupt it.
 */
import { UserError } from "../errors.ts";
import { bitsPerByte } from "../evaluation/index.ts";
import { generate, samplerFrom } from "../generation/index.ts";
import { Generator } from "../random/index.ts";
import { TrainingClock } from "./clock.ts";
import { clippingFactor } from "./gradient-clipping.ts";
import type { PretrainConfig } from "./pretrain-config.ts";
import type { EvaluationReport, PretrainObserver, PretrainResult } from "./pretrain-progress.ts";
import { openPretraining } from "./pretraining-parts.ts";
import type { PretrainingParts, RuntimeOptions } from "./pretraining-parts.ts";
import type { Run } from "./run-directory.ts";
import { warmupCosine } from "./schedule.ts";

export interface PretrainOptions extends RuntimeOptions {
  readonly observer?: PretrainObserver;
  /** Ends the run after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  /** Goes on from the last checkpoint; without it the run starts from its seed. */
  readonly resume?: boolean;
}

/**
 * Trains the model of `run` as its configuration says, until the end or the signal. Resuming gives the same losses, bit for
 * bit, as never having stopped. Throws UserError, naming the last good checkpoint, when the loss is no number any more.
 */
export async function pretrain(run: Run, options: PretrainOptions = {}): Promise<PretrainResult> {
  const parts = await openPretraining(run, options);
  try {
    return await new Pretraining(run, parts, options.observer ?? {}).train(options.signal);
  } finally {
    parts.release();
  }
}

class Pretraining {
  readonly #run: Run;
  readonly #parts: PretrainingParts;
  readonly #config: PretrainConfig;
  readonly #observer: PretrainObserver;
  readonly #clock: TrainingClock;
  #step: number;
  #tokensSeen: number;
  #savedStep: number;
  #checkpointPath: string;
  #bestLoss: number | null;
  #lastReport: EvaluationReport = { step: 0, validationLoss: NaN, bitsPerByte: NaN };

  constructor(run: Run, parts: PretrainingParts, observer: PretrainObserver) {
    const { config, resumed } = parts;
    this.#run = run;
    this.#parts = parts;
    this.#config = config;
    this.#observer = observer;
    this.#clock = new TrainingClock(config, resumed?.elapsedMs ?? 0);
    this.#step = resumed?.step ?? 0;
    this.#savedStep = resumed?.step ?? -1;
    this.#checkpointPath = resumed?.path ?? "";
    this.#tokensSeen = resumed?.tokensSeen ?? 0;
    this.#bestLoss = resumed?.bestValidationLoss ?? null;
  }

  async train(signal?: AbortSignal): Promise<PretrainResult> {
    const { evalInterval, sampleInterval, checkpointInterval, evalBatches } = this.#config;
    while (!signal?.aborted && !this.#clock.isOver(this.#step)) {
      await this.#trainStep();
      const isDue = (interval: number) =>
        this.#step % interval === 0 && !this.#clock.isOver(this.#step);
      if (isDue(evalInterval)) await this.#evaluate(evalBatches);
      if (isDue(sampleInterval)) await this.#sample();
      if (isDue(checkpointInterval)) await this.#save();
    }
    return this.#finish(!this.#clock.isOver(this.#step));
  }

  /** One step: gradients of some batches, clipped, and the optimizer's update. */
  async #trainStep(): Promise<void> {
    const { optimizer, trainingStep, batches } = this.#parts;
    const { accumulationSteps, gradientClip } = this.#config;
    const start = performance.now();
    let loss = 0;
    let tokens = 0;
    for (let i = 0; i < accumulationSteps; i++) {
      const { inputs, targets } = batches.next();
      loss += (await trainingStep.run(inputs, targets)) / accumulationSteps;
      if (accumulationSteps > 1) await optimizer.accumulate();
      tokens += inputs.length;
    }
    const gradientNorm = (await optimizer.gradientNorm()) / accumulationSteps;
    this.#requireFinite(loss, gradientNorm);
    const learningRate = this.#learningRate();
    const clip = gradientClip > 0 ? clippingFactor(gradientNorm, gradientClip) : 1;
    await optimizer.step({ learningRate, gradientScale: clip / accumulationSteps });
    this.#step++;
    this.#tokensSeen += tokens;
    const tokensPerSecond = (tokens / (performance.now() - start)) * 1000;
    await this.#report({ loss, learningRate, gradientNorm, tokensPerSecond });
  }

  async #report(numbers: {
    loss: number;
    learningRate: number;
    gradientNorm: number;
    tokensPerSecond: number;
  }): Promise<void> {
    const step = this.#step;
    await this.#run.appendLog({ step, ...numbers });
    const totalSteps = this.#clock.totalSteps(step);
    this.#observer.onStep?.({
      ...{ step, totalSteps, remainingMs: this.#clock.remainingMs(step) },
      ...numbers,
    });
  }

  #learningRate(): number {
    const { learningRate: peak, minLearningRate: minimum, warmupSteps } = this.#config;
    const totalSteps = Math.max(this.#clock.totalSteps(this.#step), warmupSteps + 1);
    return warmupCosine({ peak, minimum, warmupSteps, totalSteps })(this.#step);
  }

  #requireFinite(loss: number, gradientNorm: number): void {
    if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return;
    const what = Number.isFinite(loss) ? `gradient norm ${gradientNorm}` : `loss ${loss}`;
    const last = this.#checkpointPath;
    throw new UserError(
      `pretrain: expected finite numbers, got ${what} at step ${this.#step + 1}. ` +
        (last ? `The last good checkpoint is ${last}. ` : "There is no checkpoint yet. ") +
        `Start again with a lower --learning-rate or a --gradient-clip.`,
    );
  }

  async #evaluate(count: number): Promise<void> {
    const { data, evaluator } = this.#parts;
    const validationLoss = await evaluator.meanLoss(data.validation(count));
    const bits = bitsPerByte(validationLoss, data.bytesPerToken);
    const report = { step: this.#step, validationLoss, bitsPerByte: bits };
    this.#bestLoss = Math.min(this.#bestLoss ?? Infinity, validationLoss);
    this.#lastReport = report;
    await this.#run.appendLog({ ...report });
    this.#observer.onEvaluation?.(report);
  }

  /** Lets the model write, with random numbers of its own so that training goes on as if nothing had been asked. */
  async #sample(): Promise<string> {
    const { next, tokenizer } = this.#parts;
    const { samplePrompt, sampleTokens, sampleTemperature, seed } = this.#config;
    const random = new Generator(seed + this.#step);
    const sample = samplerFrom({ temperature: sampleTemperature }, random);
    const ids = [...tokenizer.encode(samplePrompt)];
    for await (const id of generate(next, ids, { maxNewTokens: sampleTokens, sample }))
      ids.push(id);
    const text = tokenizer.decode(ids);
    await this.#run.appendLog({ step: this.#step, sample: text });
    this.#observer.onSample?.(this.#step, text);
    return text;
  }

  async #save(): Promise<void> {
    if (this.#savedStep === this.#step) return;
    const { step, validationLoss } = this.#lastReport;
    const { path } = await this.#run.saveCheckpoint(
      this.#parts.checkpoint(this.#step, {
        tokensSeen: this.#tokensSeen,
        elapsedMs: this.#clock.elapsedMs,
        validationLoss: step === this.#step ? validationLoss : null,
        bestValidationLoss: this.#bestLoss,
      }),
    );
    await this.#run.pruneCheckpoints(this.#config.keepCheckpoints);
    this.#savedStep = this.#step;
    this.#checkpointPath = path;
    this.#observer.onCheckpoint?.(this.#step, path);
  }

  /** Interrupted: saves at once. Finished: measures the model on ten times as much as on the way, and lets it write. */
  async #finish(isInterrupted: boolean): Promise<PretrainResult> {
    const elapsedMs = this.#clock.elapsedMs;
    if (!isInterrupted) await this.#evaluate(this.#config.evalBatches * 10);
    await this.#save();
    return {
      ...this.#lastReport,
      isFinished: !isInterrupted,
      tokensSeen: this.#tokensSeen,
      elapsedMs,
      checkpointPath: this.#checkpointPath,
      sample: isInterrupted ? "" : await this.#sample(),
    };
  }
}
