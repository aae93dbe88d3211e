/** @file The sizes that all families since Llama share, in both vocabularies. */
import { UserError } from "../../errors.ts";
import { numberIn, optionalNumberIn, type JsonObject } from "../json-file.ts";
import { ropeParameters, type RopeParameters } from "../rope-parameters.ts";
import type { FoundTensors, TensorTemplate } from "./architecture.ts";
import { float32, text, uint32, type MetadataValue } from "./metadata.ts";
import type { MetadataReader } from "./metadata-reader.ts";

export function headDimOf(config: JsonObject): number {
  const heads = numberIn(config, "num_attention_heads");
  return optionalNumberIn(config, "head_dim") ?? numberIn(config, "hidden_size") / heads;
}

export function numKvHeadsOf(config: JsonObject): number {
  return numberIn(config, "num_key_value_heads", numberIn(config, "num_attention_heads"));
}

/** Sizes, heads, the norm's epsilon and the rotation's base. */
export function* decoderMetadata(
  name: string,
  config: JsonObject,
): Generator<readonly [string, MetadataValue]> {
  const headDim = headDimOf(config);
  yield [`${name}.vocab_size`, uint32(numberIn(config, "vocab_size"))];
  yield [`${name}.context_length`, uint32(numberIn(config, "max_position_embeddings"))];
  yield [`${name}.embedding_length`, uint32(numberIn(config, "hidden_size"))];
  yield [`${name}.block_count`, uint32(numberIn(config, "num_hidden_layers"))];
  yield [`${name}.feed_forward_length`, uint32(numberIn(config, "intermediate_size"))];
  yield [`${name}.attention.head_count`, uint32(numberIn(config, "num_attention_heads"))];
  yield [`${name}.attention.head_count_kv`, uint32(numKvHeadsOf(config))];
  yield [`${name}.attention.key_length`, uint32(headDim)];
  yield [`${name}.attention.value_length`, uint32(headDim)];
  yield [`${name}.attention.layer_norm_rms_epsilon`, float32(numberIn(config, "rms_norm_eps"))];
  yield [`${name}.rope.dimension_count`, uint32(headDim)];
  yield [`${name}.rope.freq_base`, float32(ropeParameters(config).theta)];
  yield* scalingMetadata(name, ropeParameters(config));
}

function* scalingMetadata(
  name: string,
  { type, scaling }: RopeParameters,
): Generator<readonly [string, MetadataValue]> {
  if (type === "default" || type === "llama3") return; // Llama 3's factors are a tensor of their own
  if (type !== "linear" && type !== "yarn") {
    throw new UserError(
      `config.json: expected rope_type default, linear, llama3 or yarn, got ${type}. It has no counterpart in llama.cpp.`,
    );
  }
  const key = `${name}.rope.scaling`;
  yield [`${key}.type`, text(type)];
  yield [`${key}.factor`, float32(numberIn(scaling, "factor"))];
  const original = optionalNumberIn(scaling, "original_max_position_embeddings");
  if (original !== undefined) yield [`${key}.original_context_length`, uint32(original)];
  for (const [from, to] of yarnNumbers) {
    const value = optionalNumberIn(scaling, from);
    if (type === "yarn" && value !== undefined) yield [`${key}.${to}`, float32(value)];
  }
  const magnitude = optionalNumberIn(scaling, "attention_factor");
  const usual = usualMagnitude(numberIn(scaling, "factor"));
  if (type === "yarn" && magnitude !== undefined && !isClose(magnitude, usual)) {
    yield [`${key}.attn_factor`, float32(magnitude / usual)];
  }
}

/** What YaRN multiplies queries and keys with. llama.cpp does so unasked; its own factor comes on top. */
function usualMagnitude(factor: number): number {
  return 0.1 * Math.log(factor) + 1;
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-4;
}

const yarnNumbers = [
  ["beta_fast", "yarn_beta_fast"],
  ["beta_slow", "yarn_beta_slow"],
] as const;

/** The same sizes as a `config.json`. */
export function decoderConfig(
  modelType: string,
  metadata: MetadataReader,
  { entries }: FoundTensors,
): JsonObject {
  const name = metadata.architecture;
  const size = (key: string) => metadata.number(`${name}.${key}`);
  const hiddenSize = size("embedding_length");
  const numHeads = size("attention.head_count");
  return {
    model_type: modelType,
    vocab_size: entries.get("token_embd.weight")?.shape[0] ?? size("vocab_size"),
    max_position_embeddings: size("context_length"),
    hidden_size: hiddenSize,
    intermediate_size: size("feed_forward_length"),
    num_hidden_layers: size("block_count"),
    num_attention_heads: numHeads,
    num_key_value_heads: metadata.optionalNumber(`${name}.attention.head_count_kv`) ?? numHeads,
    head_dim: metadata.optionalNumber(`${name}.attention.key_length`) ?? hiddenSize / numHeads,
    rms_norm_eps: size("attention.layer_norm_rms_epsilon"),
    rope_theta: metadata.optionalNumber(`${name}.rope.freq_base`) ?? 10_000,
    rope_scaling: scalingConfig(name, metadata) ?? null,
    hidden_act: "silu",
    attention_bias: entries.has("blk.0.attn_q.bias"),
    tie_word_embeddings: !entries.has("output.weight"),
    bos_token_id: metadata.optionalNumber("tokenizer.ggml.bos_token_id") ?? null,
    eos_token_id: metadata.optionalNumber("tokenizer.ggml.eos_token_id") ?? null,
  };
}

function scalingConfig(name: string, metadata: MetadataReader): JsonObject | undefined {
  const key = `${name}.rope.scaling`;
  const type = metadata.text(`${key}.type`);
  if (type === undefined || type === "none") return undefined;
  const numbers = [
    ["factor", "factor"],
    ["original_max_position_embeddings", "original_context_length"],
    ...yarnNumbers,
  ].map(([to, from]) => [to, metadata.optionalNumber(`${key}.${from}`)] as const);
  const given = numbers.filter(([, value]) => value !== undefined);
  const onTop = type === "yarn" ? metadata.optionalNumber(`${key}.attn_factor`) : undefined;
  const usual = usualMagnitude(metadata.optionalNumber(`${key}.factor`) ?? 1);
  // Files converted by llama.cpp's own script have the whole factor there, not what comes on top.
  const magnitude = onTop === undefined || isClose(onTop, usual) ? usual : onTop * usual;
  const yarn = type === "yarn" ? { attention_factor: magnitude } : {};
  return { rope_type: type, ...Object.fromEntries(given), ...yarn };
}

/** What has the same name in all of these families. */
export const decoderTemplates: readonly TensorTemplate[] = [
  { gguf: "token_embd", published: "model.embed_tokens" },
  { gguf: "output_norm", published: "model.norm" },
  { gguf: "output", published: "lm_head" },
];

/** A tensor of each layer. */
export function layerTensor(
  gguf: string,
  published: string,
  change?: TensorTemplate["change"],
): TensorTemplate {
  const names = { gguf: `blk.{layer}.${gguf}`, published: `model.layers.{layer}.${published}` };
  return change ? { ...names, change } : names;
}

export const feedForwardTemplates = [
  layerTensor("ffn_gate", "mlp.gate_proj"),
  layerTensor("ffn_up", "mlp.up_proj"),
  layerTensor("ffn_down", "mlp.down_proj"),
];

export const attentionTemplates = [
  layerTensor("attn_q", "self_attn.q_proj"),
  layerTensor("attn_k", "self_attn.k_proj"),
  layerTensor("attn_v", "self_attn.v_proj"),
  layerTensor("attn_output", "self_attn.o_proj"),
];

export const headNormTemplates = [
  layerTensor("attn_q_norm", "self_attn.q_norm"),
  layerTensor("attn_k_norm", "self_attn.k_norm"),
];
