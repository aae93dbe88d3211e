/**
 * @file GPT-2 as Hugging Face publishes it (transformers' `GPT2LMHeadModel`): its `Conv1D` weights are (in, out), and
 * queries, keys and values are one matrix.
 */
import type { Family } from "./family.ts";
import { gpt2Presets, requireGpt2Config } from "./gpt2-config.ts";
import type { Gpt2Config } from "./gpt2-config.ts";
import { Gpt2 } from "./gpt2.ts";
import { booleanIn, numberIn, requireSupported, unsupported } from "./published-config.ts";
import type { PublishedConfig } from "./published-config.ts";
import { published, publishedTransposed } from "./published-tensors.ts";
import type { PublishedTensor } from "./published-tensors.ts";

/** How each published tensor is made of the model's parameters. */
function publishedTensors(model: Gpt2): PublishedTensor[] {
  return [
    published("transformer.wte.weight", model.tokenEmbedding.weight),
    published("transformer.wpe.weight", model.positionEmbedding.weight),
    ...model.blocks.flatMap((block, layer) => publishedBlock(block, `transformer.h.${layer}`)),
    published("transformer.ln_f.weight", model.finalNorm.weight),
    published("transformer.ln_f.bias", model.finalNorm.bias),
    ...(model.head ? [published("lm_head.weight", model.head.weight)] : []),
  ];
}

function publishedBlock(block: Gpt2["blocks"][number], path: string): PublishedTensor[] {
  const { attention, feedForward, norm1, norm2 } = block;
  const { query, key, value, projection } = attention;
  const { up, down } = feedForward;
  const biases = [query, key, value].flatMap(({ bias }) => bias ?? []);
  const width = 3 * query.weight.shape[0];
  const noBias = {
    name: `${path}.attn.c_attn.bias`,
    shape: [width],
    parts: [],
    isTransposed: false,
  };
  return [
    published(`${path}.ln_1.weight`, norm1.weight),
    published(`${path}.ln_1.bias`, norm1.bias),
    publishedTransposed(`${path}.attn.c_attn.weight`, query.weight, key.weight, value.weight),
    biases.length > 0 ? published(noBias.name, ...biases) : noBias,
    publishedTransposed(`${path}.attn.c_proj.weight`, projection.weight),
    published(`${path}.attn.c_proj.bias`, projection.bias!),
    published(`${path}.ln_2.weight`, norm2.weight),
    published(`${path}.ln_2.bias`, norm2.bias),
    publishedTransposed(`${path}.mlp.c_fc.weight`, up.weight),
    published(`${path}.mlp.c_fc.bias`, up.bias!),
    publishedTransposed(`${path}.mlp.c_proj.weight`, down.weight),
    published(`${path}.mlp.c_proj.bias`, down.bias!),
  ];
}

export const gpt2Family: Family<Gpt2Config, Gpt2> = {
  name: "gpt2",
  title: "GPT-2",
  modelType: "gpt2",
  architecture: "GPT2LMHeadModel",
  presets: gpt2Presets,
  Model: Gpt2,
  sized: (sizes) => ({ ...sizes, dropoutRate: 0, hasQkvBias: false, hasTiedHead: true }),
  make: (config) => new Gpt2(config),
  configFrom,
  configTo,
  publishedTensors,
  otherName: (name) => name.replace(/^transformer\./, ""), // OpenAI's own files
};

function configTo(config: Gpt2Config): PublishedConfig {
  return {
    vocab_size: config.vocabSize,
    n_positions: config.contextLength,
    n_embd: config.embedDim,
    n_head: config.numHeads,
    n_layer: config.numLayers,
    activation_function: "gelu_new",
    layer_norm_epsilon: 1e-5,
    attn_pdrop: config.dropoutRate,
    embd_pdrop: config.dropoutRate,
    resid_pdrop: config.dropoutRate,
    tie_word_embeddings: config.hasTiedHead,
    qkv_bias: config.hasQkvBias, // unknown to transformers, which reads the zeros that are saved instead
  };
}

function configFrom(json: PublishedConfig): Gpt2Config {
  requireSupported(json, {
    activation_function: ["gelu_new", "gelu_pytorch_tanh", undefined],
    layer_norm_epsilon: [1e-5, undefined],
    scale_attn_weights: [true, undefined],
    scale_attn_by_inverse_layer_idx: [false, undefined],
    add_cross_attention: [false, undefined],
  });
  const embedDim = numberIn(json, "n_embd");
  const inner = json["n_inner"] ?? 4 * embedDim;
  if (inner !== 4 * embedDim) throw unsupported("n_inner", 4 * embedDim, inner);
  const config = {
    vocabSize: numberIn(json, "vocab_size"),
    contextLength: numberIn(json, "n_positions"),
    embedDim,
    numHeads: numberIn(json, "n_head"),
    numLayers: numberIn(json, "n_layer"),
    dropoutRate: dropoutRateOf(json),
    hasQkvBias: booleanIn(json, "qkv_bias", true),
    hasTiedHead: booleanIn(json, "tie_word_embeddings", true),
  };
  requireGpt2Config(config);
  return config;
}

function dropoutRateOf(json: PublishedConfig): number {
  const rates = ["embd_pdrop", "attn_pdrop", "resid_pdrop"].map((name) => json[name] ?? 0.1);
  if (rates.every((rate) => rate === rates[0])) return Number(rates[0]);
  throw unsupported("embd_pdrop, attn_pdrop, resid_pdrop", "one rate", rates.join(", "));
}
