/**
 * @file Pretraining: the loop. A step is made of pieces that each live elsewhere (batches, the compiled step, the optimizer,
 * the run directory); here is only their order, and what may interrupt it.
 */
import { UserError } from "../errors.ts";
import { bitsPerByte } from "../evaluation/index.ts";
import { Continuation, generate, samplerFrom } from "../generation/index.ts";
import { Generator } from "../random/index.ts";
import { TrainingClock } from "./clock.ts";
import { clippingFactor } from "./gradient-clipping.ts";
import type { PretrainConfig } from "./pretrain-config.ts";
import type { EvaluationReport, PretrainObserver, PretrainResult } from "./pretrain-progress.ts";
import { openPretraining } from "./pretraining-parts.ts";
import type { PretrainingParts, ResumeOptions, RuntimeOptions } from "./pretraining-parts.ts";
import type { Run } from "./run-directory.ts";
import { warmupCosine } from "./schedule.ts";

export interface PretrainOptions extends RuntimeOptions, ResumeOptions {
  readonly observer?: PretrainObserver;
  /** Ends the run after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains the model of `run` as its configuration says, until the end or the signal. Resuming a run of `maxSteps` gives the
 * same losses, bit for bit, as never having stopped; one of `maxMinutes` has its learning rate from the clock, which never
 * goes the same twice. Throws UserError, naming the last good checkpoint, when the loss is no number any more.
 */
export async function pretrain(run: Run, options: PretrainOptions = {}): Promise<PretrainResult> {
  const parts = await openPretraining(run, options);
  try {
    options.observer?.onCpuFallbacks?.(parts.cpuFallbacks);
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
  #savedLoss: number | null;
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
    this.#savedLoss = resumed?.validationLoss ?? null;
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
      if (isDue(sampleInterval)) await this.#sample(signal);
      if (isDue(checkpointInterval)) await this.#save();
    }
    return this.#finish(signal);
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
    await this.#requireFinite(loss, `loss ${loss} at step ${this.#step + 1}`);
    const norm = `gradient norm ${gradientNorm} at step ${this.#step + 1}`;
    await this.#requireFinite(gradientNorm, norm, { isModelSound: true });
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

  /** Throws for a number that is none, naming a checkpoint from before it arose. */
  async #requireFinite(value: number, what: string, { isModelSound = false } = {}): Promise<void> {
    if (Number.isFinite(value)) return;
    const sound = isModelSound ? this.#step : this.#step - 1;
    const last = (await this.#run.listCheckpoints()).findLast(({ step }) => step <= sound);
    throw new UserError(
      `pretrain: expected finite numbers, got ${what}. ` +
        (last
          ? `The last good checkpoint is ${last.path}. `
          : "There is no good checkpoint yet. ") +
        `Start again with a lower --learning-rate or a --gradient-clip.`,
    );
  }

  /** Measures the model on some batches; gives false when the signal came first. */
  async #evaluate(count: number, signal?: AbortSignal): Promise<boolean> {
    const { data, evaluator } = this.#parts;
    let validationLoss: number;
    try {
      validationLoss = await evaluator.meanLoss(data.validation(count), signal);
    } catch (error) {
      if (signal?.aborted && error === signal.reason) return false;
      throw error;
    }
    const step = this.#step;
    await this.#requireFinite(
      validationLoss,
      `validation loss ${validationLoss} after step ${step}`,
    );
    const report = {
      step,
      validationLoss,
      bitsPerByte: bitsPerByte(validationLoss, data.bytesPerToken(count)),
    };
    this.#bestLoss = Math.min(this.#bestLoss ?? Infinity, validationLoss);
    this.#lastReport = report;
    await this.#run.appendLog({ ...report });
    this.#observer.onEvaluation?.(report);
    return true;
  }

  /**
   * Lets the model write, with random numbers of its own so that training goes on as if nothing had been asked.
   * A text that the signal cuts short is dropped.
   */
  async #sample(signal?: AbortSignal): Promise<string> {
    const { engine, tokenizer } = this.#parts;
    const { samplePrompt, sampleTokens, sampleTemperature, seed } = this.#config;
    const random = new Generator(seed + this.#step);
    const sample = samplerFrom({ temperature: sampleTemperature }, random);
    const prompt = tokenizer.encode(samplePrompt);
    const continuation = new Continuation(tokenizer, prompt);
    const options = { maxNewTokens: sampleTokens, sample, signal };
    for await (const id of generate(engine, prompt, options)) continuation.add(id);
    if (signal?.aborted) return "";
    continuation.end();
    const text = tokenizer.decode(prompt) + continuation.text;
    await this.#run.appendLog({ step: this.#step, sample: text });
    this.#observer.onSample?.(this.#step, text);
    return text;
  }

  async #save(): Promise<void> {
    const { step, validationLoss: lastLoss } = this.#lastReport;
    const validationLoss = step === this.#step && Number.isFinite(lastLoss) ? lastLoss : null;
    const isNews = validationLoss !== null && validationLoss !== this.#savedLoss;
    if (this.#savedStep === this.#step && !isNews) return;
    const { path } = await this.#run.saveCheckpoint(
      this.#parts.checkpoint(this.#step, {
        tokensSeen: this.#tokensSeen,
        elapsedMs: this.#clock.elapsedMs,
        validationLoss,
        bestValidationLoss: this.#bestLoss,
      }),
    );
    await this.#run.pruneCheckpoints(this.#config.keepCheckpoints);
    this.#savedStep = this.#step;
    this.#savedLoss = validationLoss;
    this.#checkpointPath = path;
    this.#observer.onCheckpoint?.(this.#step, path);
  }

  /**
   * Finished: measures the model on ten times as much as on the way, and lets it write. Interrupted, even while it is
   * measured: saves at once.
   */
  async #finish(signal?: AbortSignal): Promise<PretrainResult> {
    const elapsedMs = this.#clock.elapsedMs;
    const isFinished =
      this.#clock.isOver(this.#step) &&
      (await this.#evaluate(this.#config.evalBatches * 10, signal));
    await this.#save();
    return {
      ...this.#lastReport,
      isFinished,
      tokensSeen: this.#tokensSeen,
      elapsedMs,
      checkpointPath: this.#checkpointPath,
      sample: isFinished ? await this.#sample(signal) : "",
    };
  }
}
