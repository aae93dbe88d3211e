/** @file A model made ready to write, for every command that writes. */
import { createEngine, Session } from "../generation/index.ts";
import { chooseDevice } from "../runtime/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { openModelDirectory } from "../weights/index.ts";
import { describeCpuFallbacks } from "./cpu-fallbacks.ts";
import { endIds } from "./end-ids.ts";
import { modelDirectory } from "./model-path.ts";
import type { OptionValues } from "./option.ts";
import { sittingOptions } from "./pretrain-options.ts";
import type { Terminal } from "./terminal.ts";

export const writerOptions = {
  quantization: {
    kind: "choice",
    choices: ["q8", "q4"],
    description: "keep the weights in 8 or 4 bits: smaller and faster, a little less exact",
  },
  ...sittingOptions,
} as const;

export interface Writer {
  readonly session: Session;
  /** Undefined where the model's folder has none. */
  readonly tokenizer: Tokenizer | undefined;
  readonly path: string;
  /** Ids with which the model ends a text. */
  readonly endIds: readonly number[];
  release(): void;
}

/** Opens the model that `name` leads to, for `batchSize` texts at once. */
export async function openWriter(
  name: string,
  values: OptionValues<typeof writerOptions>,
  terminal: Terminal,
  batchSize = 1,
): Promise<Writer> {
  const device = await chooseDevice(values.device ?? "cpu");
  const path = await modelDirectory(name);
  const { threads, quantization } = values;
  const { model, tokenizer } = await openModelDirectory(path, { quantization });
  const engine = await createEngine(model, {
    ...{ device, batchSize, weights: "moved" },
    ...(threads !== undefined && { threads }),
  });
  terminal.stderr.write(describeCpuFallbacks({ writing: engine.cpuFallbacks }));
  const session = new Session(engine);
  return {
    ...{ session, tokenizer, path, endIds: await endIds(path) },
    release: () => engine.release(),
  };
}
