/** @file The sizes that all families since Llama share, in both vocabularies. */
import { ropeFrom, ropeTo, type RopePlace, numberIn } from "../../models/index.ts";
import { optionalNumberIn, type JsonObject } from "../json-file.ts";
import type { FoundTensors, TensorTemplate } from "./architecture.ts";
import { float32, uint32, type MetadataValue } from "./metadata.ts";
import type { MetadataReader } from "./metadata-reader.ts";
import { readScaling, scalingMetadata } from "./rope-scaling.ts";

export function headDimOf(config: JsonObject): number {
  const heads = numberIn(config, "num_attention_heads");
  return optionalNumberIn(config, "head_dim") ?? numberIn(config, "hidden_size") / heads;
}

export function numKvHeadsOf(config: JsonObject): number {
  return numberIn(config, "num_key_value_heads", numberIn(config, "num_attention_heads"));
}

/** Sizes, heads, the norm's epsilon and the rotation, which the config tells of at `place`. */
export function* decoderMetadata(
  name: string,
  config: JsonObject,
  place: RopePlace = {},
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
  const { theta, scaling } = ropeFrom(config, place);
  yield [`${name}.rope.freq_base`, float32(theta)];
  if (scaling) yield* scalingMetadata(`${name}.rope.scaling`, scaling);
}

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
  const theta = metadata.optionalNumber(`${name}.rope.freq_base`) ?? 10_000;
  const scaling = readScaling(`${name}.rope.scaling`, metadata, size("context_length"));
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
    ...ropeTo(scaling ? { theta, scaling } : { theta }),
    hidden_act: "silu",
    attention_bias: entries.has("blk.0.attn_q.bias"),
    tie_word_embeddings: !entries.has("output.weight"),
    bos_token_id: metadata.optionalNumber("tokenizer.ggml.bos_token_id") ?? null,
    eos_token_id: metadata.optionalNumber("tokenizer.ggml.eos_token_id") ?? null,
  };
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
