/** @file What a pretraining run is made of, opened fresh from its seed or from its last checkpoint. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { fileError } from "../file-errors.ts";
import type { BatchCursor, CursorState } from "../data/index.ts";
import { LossEvaluator } from "../evaluation/index.ts";
import { createEngine } from "../generation/index.ts";
import type { Engine } from "../generation/index.ts";
import { fromHuggingFace, pack, publishedTensors, toHuggingFaceConfig } from "../models/index.ts";
import type { CausalLanguageModel } from "../models/index.ts";
import { initialize, namedParameters } from "../nn/index.ts";
import { Generator } from "../random/index.ts";
import type { CompileOptions } from "../runtime/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { AdamW } from "./adamw-optimizer.ts";
import type { TrainingState } from "./checkpoint-state.ts";
import type { Checkpoint, CheckpointContent } from "./checkpoints.ts";
import { requirePretrainConfig, trainedModel } from "./pretrain-config.ts";
import type { PretrainConfig } from "./pretrain-config.ts";
import { openPretrainData } from "./pretrain-data.ts";
import type { PretrainData } from "./pretrain-data.ts";
import type { CpuFallbacks } from "./pretrain-progress.ts";
import type { Run } from "./run-directory.ts";
import { TrainingStep } from "./training-step.ts";

export type RuntimeOptions = Pick<CompileOptions, "runtime" | "device" | "threads">;

/** Where a run goes on. */
export interface ResumeOptions {
  /**
   * Goes on from the last checkpoint, or, where a run was stopped before its first, from its seed. Without it the run
   * starts from its seed.
   */
  readonly resume?: boolean;
  /** With `resume`: goes on from the checkpoint of this step instead, and forgets what came after it. */
  readonly fromStep?: number | undefined;
}

export interface PretrainingParts {
  readonly config: PretrainConfig;
  readonly tokenizer: Tokenizer;
  readonly data: PretrainData;
  readonly batches: BatchCursor;
  readonly optimizer: AdamW;
  readonly trainingStep: TrainingStep;
  readonly evaluator: LossEvaluator;
  readonly engine: Engine;
  readonly cpuFallbacks: CpuFallbacks;
  /** Where a resumed run stands. */
  readonly resumed: (TrainingState & { readonly step: number; readonly path: string }) | undefined;
  /** A checkpoint of this moment. */
  checkpoint(
    step: number,
    state: Omit<TrainingState, "randomStates" | "dataCursor">,
  ): CheckpointContent;
  release(): void;
}

/** Opens everything that training `run` needs. */
export async function openPretraining(
  run: Run,
  { resume = false, fromStep, ...runtime }: RuntimeOptions & ResumeOptions,
): Promise<PretrainingParts> {
  const config = run.config as unknown as PretrainConfig;
  requirePretrainConfig(config);
  const tokenizer = await readTokenizer(run);
  const generator = new Generator(config.seed);
  const checkpoint = resume ? await checkpointToResume(run, fromStep) : undefined;
  const opening = openModel(run, config, generator, checkpoint);
  const { model, optimizer } = await opening.finally(() => checkpoint?.close());

  const data = openPretrainData(run.path, config, tokenizer, generator);
  const held: Held = [{ release: () => data.close() }];
  const release = () => held.splice(0).forEach((each) => each.release());
  try {
    const batches = data.training.cursor(checkpoint?.state.dataCursor as CursorState | undefined);
    const graphs = await compileGraphs({ model, optimizer, data, generator }, config, {
      runtime,
      held,
    });
    return {
      ...{ config, tokenizer, data, batches, optimizer, ...graphs, release },
      resumed: checkpoint && { ...checkpoint.state, step: checkpoint.step, path: checkpoint.path },
      checkpoint: (step, state) => ({
        step,
        tensors: { model: modelTensors(model), optimizer: optimizer.state() },
        modelConfig: toHuggingFaceConfig(model),
        state: {
          ...state,
          randomStates: { main: Buffer.from(generator.state()).toString("base64") },
          dataCursor: batches.state(),
        },
      }),
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** What a run must let go of. */
type Held = { release(): void }[];

interface Compilable {
  readonly model: CausalLanguageModel;
  readonly optimizer: AdamW;
  readonly data: PretrainData;
  readonly generator: Generator;
}

/** Compiles what the run computes; each graph is among `held` as soon as it is there. */
async function compileGraphs(
  { model, optimizer, data, generator }: Compilable,
  { blockSize, model: { dropoutRate = 0 } }: PretrainConfig,
  { runtime, held }: { readonly runtime: RuntimeOptions; readonly held: Held },
) {
  const trainingStep = await TrainingStep.create(model, optimizer.memory, {
    ...{ ...runtime, batchSize: data.batchSize, blockSize },
    generator: dropoutRate > 0 ? generator : undefined,
  });
  held.push(trainingStep);
  const validation = { batchSize: data.validationBatchSize, blockSize };
  const evaluator = await LossEvaluator.create(model, validation, runtime);
  held.push(evaluator);
  const engine = await createEngine(model, { ...runtime, weights: "live" });
  held.push(engine);
  const training = new Set([...trainingStep.cpuFallbacks, ...evaluator.cpuFallbacks]);
  const cpuFallbacks = { training: [...training].sort(), writing: engine.cpuFallbacks };
  return { trainingStep, evaluator, engine, cpuFallbacks };
}

/** The weights under Hugging Face's names; those that are transposed are copied one at a time, when written. */
function modelTensors(model: CausalLanguageModel): CheckpointContent["tensors"]["model"] {
  return publishedTensors(model).map((tensor) => ({
    ...{ name: tensor.name, shape: tensor.shape, dtype: "F32" as const },
    data: () => pack(tensor, ({ data }) => data),
  }));
}

async function checkpointToResume(run: Run, fromStep: number | undefined) {
  if (fromStep !== undefined || (await run.listCheckpoints()).length > 0) {
    return run.loadCheckpoint(fromStep ?? "latest");
  }
  await run.rewind(0); // what is logged will be done again, from the same seed
  return undefined;
}

async function readTokenizer(run: Run): Promise<Tokenizer> {
  const path = join(run.path, "tokenizer.json");
  const text = await readFile(path, "utf8").catch(async (error) => {
    throw fileError(error, path);
  });
  try {
    return loadTokenizer(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${path}: expected JSON, got something else. Put the file back as it was.`);
  }
}

/** The model and its optimizer as the checkpoint has them, or as the seed draws them. */
async function openModel(
  run: Run,
  config: PretrainConfig,
  generator: Generator,
  checkpoint: Checkpoint | undefined,
) {
  const trained = trainedModel(config);
  const model = trained.family.make(trained.config);
  if (checkpoint) await fromHuggingFace(model, (name) => readTensor(checkpoint, name));
  else initialize(model, generator, { scheme: "gpt2" });
  const [beta1, beta2] = config.betas;
  const optimizer = await AdamW.create([...namedParameters(model).values()], {
    betas: [beta1, beta2],
    weightDecay: config.weightDecay,
    decayMatricesOnly: true,
    accumulates: config.accumulationSteps > 1,
  });
  if (checkpoint) await restore(run, checkpoint, optimizer, generator);
  return { model, optimizer };
}

async function readTensor({ model }: Checkpoint, name: string) {
  const entry = model.entries.get(name);
  return entry && { shape: entry.shape, data: await model.readFloat32(name) };
}

/** Puts the optimizer, the random numbers and the log back to where the checkpoint was taken. */
async function restore(
  run: Run,
  checkpoint: Checkpoint,
  optimizer: AdamW,
  generator: Generator,
): Promise<void> {
  const { main } = checkpoint.state.randomStates;
  if (checkpoint.state.configHash !== run.configHash) {
    throw new UserError(
      `${checkpoint.path}: expected a checkpoint of this configuration, got one of another. ` +
        `Put the run's config.json back as it was, or start a new run.`,
    );
  }
  await optimizer.load(checkpoint.optimizer);
  generator.restore(Uint8Array.from(Buffer.from(main, "base64")));
  await run.rewind(checkpoint.step);
}
