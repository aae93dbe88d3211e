/** @file A model in Hugging Face's terms as a GGUF file. */
import { UserError } from "../../errors.ts";
import type { FileSummary } from "../atomic-file.ts";
import { numberIn } from "../../models/index.ts";
import type { PublishedModel } from "../published-model.ts";
import { entryOf } from "../weights.ts";
import type { Architecture } from "./architecture.ts";
import { architectureFor } from "./architectures.ts";
import { blockFormats, type WritableGgmlType } from "./ggml-types.ts";
import { text, uint32, type MetadataValue } from "./metadata.ts";
import { applyChange, changedShape } from "./tensor-change.ts";
import { planTensors, type PlannedTensor } from "./tensor-plan.ts";
import { tokenizerMetadata } from "./tokenizer-metadata.ts";
import { writeGguf, type WritableGgufTensor } from "./write-gguf.ts";

export interface GgufModelOptions {
  /** Of the matrices; vectors are always F32. */
  readonly dtype?: WritableGgmlType;
  readonly signal?: AbortSignal | undefined;
  /** Called before each tensor. */
  readonly onTensor?: ((done: number, total: number) => void) | undefined;
}

export interface GgufSummary extends FileSummary {
  /** What a person should know, in sentences without a full stop. */
  readonly notes: readonly string[];
}

/** llama.cpp's numbers for what most of a file is stored in. */
const fileTypes: Readonly<Record<WritableGgmlType, number>> = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q8_0: 7,
  BF16: 32,
};

/** Writes `model` to `path`, tensor by tensor. Throws a UserError for a model that llama.cpp does not know. */
export async function writeGgufModel(
  path: string,
  model: PublishedModel,
  options: GgufModelOptions = {},
): Promise<GgufSummary> {
  const { dtype = "F32", signal, onTensor } = options;
  const architecture = architectureFor(model.config, model.path);
  const tensors = ggufTensors(architecture, model, dtype);
  let done = 0;
  const watched = tensors.map((tensor) => ({
    ...tensor,
    values: () => {
      signal?.throwIfAborted();
      onTensor?.(done++, tensors.length);
      return tensor.values();
    },
  }));
  const { config } = model;
  const tokenizer = tokenizerMetadata(model, config, numberIn(config, "vocab_size"));
  const metadata = new Map([...ggufMetadata(architecture, model, dtype), ...tokenizer.entries]);
  const summary = await writeGguf(path, metadata, watched);
  const warning = architecture.warning?.(config);
  return { ...summary, notes: warning ? [...tokenizer.notes, warning] : tokenizer.notes };
}

function ggufMetadata(
  architecture: Architecture,
  { config }: PublishedModel,
  dtype: WritableGgmlType,
): [string, MetadataValue][] {
  return [
    ["general.architecture", text(architecture.name)],
    ["general.type", text("model")],
    ["general.file_type", uint32(fileTypes[dtype])],
    ["general.quantization_version", uint32(2)],
    ...[...architecture.metadata(config)].map(
      ([key, value]) => [key, value] as [string, MetadataValue],
    ),
  ];
}

/** Tensors of `model` as llama.cpp wants them. */
function ggufTensors(
  architecture: Architecture,
  model: PublishedModel,
  dtype: WritableGgmlType,
): WritableGgufTensor[] {
  const { config, weights } = model;
  const names = new Set(weights.entries.keys());
  const planned = planTensors(architecture, config, { side: "published", names });
  requireAllPlanned(model, planned);
  const extra = [...(architecture.extraTensors?.(config) ?? [])].map(
    ([name, values]): WritableGgufTensor => {
      return { name, shape: [values.length], dtype: "F32", values: () => values };
    },
  );
  return [...extra, ...planned.map((plan) => ggufTensor(plan, model, dtype))];
}

function ggufTensor(
  plan: PlannedTensor,
  { weights }: PublishedModel,
  wanted: WritableGgmlType,
): WritableGgufTensor {
  const own = entryOf(weights, plan.published[0]).shape;
  const changed = changedShape(plan.change, own);
  const isStack = plan.published.length > 1;
  const shape = isStack ? [plan.published.length, ...changed] : changed;
  const dtype = dtypeFor(plan, shape, wanted);
  if (!isStack) {
    const read = async () => {
      const values = await weights.readFloat32(plan.published[0]);
      return applyChange(plan.change, { shape: own, values });
    };
    return { name: plan.gguf, shape, dtype, values: read };
  }
  const readStack = async () => {
    const values = new Float32Array(shape.reduce((total, each) => total * each, 1));
    const step = values.length / plan.published.length;
    for (const [i, name] of plan.published.entries()) {
      await weights.readFloat32(name, values.subarray(i * step, (i + 1) * step));
    }
    return values;
  };
  return { name: plan.gguf, shape, dtype, values: readStack };
}

/** Vectors, positions and routers stay in float32, as llama.cpp wants them; rows that hold no whole blocks become F16. */
function dtypeFor(
  { gguf }: PlannedTensor,
  shape: readonly number[],
  wanted: WritableGgmlType,
): WritableGgmlType {
  if (shape.length < 2 || gguf.startsWith("position_embd") || gguf.includes("ffn_gate_inp")) {
    return "F32";
  }
  // A head of 4 bits would cost more in quality than it saves in size; llama.cpp's own tool does not write one either.
  const isHead = gguf === "output.weight" || gguf === "token_embd.weight";
  const type = wanted === "Q4_0" && isHead ? "Q8_0" : wanted;
  return (shape.at(-1) ?? 1) % blockFormats[type].blockLength === 0 ? type : "F16";
}

/** Buffers that older checkpoints carry along; they are computed. */
const ignored = /\.(attn\.(masked_)?bias|rotary_emb\.inv_freq)$/;

/** A tensor that would be left out would make another model. */
function requireAllPlanned(model: PublishedModel, planned: readonly PlannedTensor[]): void {
  const used = new Set(planned.flatMap(({ published }) => published));
  const left = [...model.weights.entries.keys()].find((name) => {
    return !used.has(name) && !ignored.test(name);
  });
  if (left === undefined) return;
  throw new UserError(
    `${model.path}: expected only tensors that llama.cpp has for this family, got "${left}" as well. It cannot be converted.`,
  );
}
