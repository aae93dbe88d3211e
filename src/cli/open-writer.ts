/** @file A model made ready to write, for every command that writes. */
import { createEngine, Session, SpeculativeSession } from "../generation/index.ts";
import type { Decoder, Engine } from "../generation/index.ts";
import { chooseDevice } from "../runtime/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { openModel } from "../weights/index.ts";
import { describeCpuFallbacks } from "./cpu-fallbacks.ts";
import { modelPath } from "./model-path.ts";
import type { OptionValues } from "./option.ts";
import { sittingOptions } from "./pretrain-options.ts";
import type { Terminal } from "./terminal.ts";

export const writerOptions = {
  draftModel: {
    kind: "text",
    hint: "path",
    description: "a smaller model of the same vocabulary: the same text, sooner",
  },
  quantization: {
    kind: "choice",
    choices: ["q8", "q4"],
    description: "keep the weights in 8 or 4 bits: smaller and faster, a little less exact",
  },
  ...sittingOptions,
} as const;

export interface Writer {
  readonly decoder: Decoder;
  /** With a draft model, the share of its tokens that were taken, once there were any. */
  acceptanceRate(): number | undefined;
  /** Undefined where the model's folder has none. */
  readonly tokenizer: Tokenizer | undefined;
  readonly path: string;
  /** Most tokens of a text. */
  readonly contextLength: number;
  /** Ids with which the model ends a text. */
  readonly endIds: readonly number[];
  release(): void;
}

export interface OpenWriterOptions {
  /** Texts at once; default 1. */
  readonly batchSize?: number;
  /** Whether the tokenizer is read; default true. */
  readonly hasTokenizer?: boolean;
}

/** Opens the model that `name` leads to. */
export async function openWriter(
  name: string,
  values: OptionValues<typeof writerOptions>,
  terminal: Terminal,
  options: OpenWriterOptions = {},
): Promise<Writer> {
  const path = await modelPath(name);
  const { engine, tokenizer, endIds } = await openEngine(path, values, options);
  terminal.stderr.write(describeCpuFallbacks({ writing: engine.cpuFallbacks }));
  const { contextLength } = engine;
  const rest = { tokenizer, path, contextLength, endIds };
  if (values.draftModel === undefined) {
    const decoder = new Session(engine);
    return { ...rest, decoder, acceptanceRate: () => undefined, release: () => engine.release() };
  }
  let draft: OpenedEngine | undefined;
  const release = () => {
    engine.release();
    draft?.engine.release();
  };
  try {
    draft = await openEngine(await modelPath(values.draftModel), values, { hasTokenizer: false });
    const decoder = new SpeculativeSession(engine, draft.engine);
    return { ...rest, decoder, acceptanceRate: () => decoder.acceptanceRate, release };
  } catch (error) {
    release();
    throw error;
  }
}

interface OpenedEngine extends Pick<Writer, "tokenizer" | "endIds"> {
  readonly engine: Engine;
}

async function openEngine(
  path: string,
  values: OptionValues<typeof writerOptions>,
  { batchSize = 1, hasTokenizer = true }: OpenWriterOptions,
): Promise<OpenedEngine> {
  const { threads, quantization } = values;
  const device = await chooseDevice(values.device ?? "cpu");
  const { model, ...rest } = await openModel(path, { quantization, hasTokenizer });
  const engine = await createEngine(model, {
    ...{ device, batchSize, weights: "moved" },
    ...(threads !== undefined && { threads }),
  });
  return { engine, ...rest };
}
