/**
 * @file GPT-2 as Hugging Face publishes it (transformers' `GPT2LMHeadModel`): its `Conv1D` weights are (in, out), and
 * queries, keys and values are one matrix.
 */
import { UserError } from "../errors.ts";
import { requireGpt2Config } from "./gpt2-config.ts";
import type { Gpt2Config } from "./gpt2-config.ts";
import type { Gpt2 } from "./gpt2.ts";
import { loadPublished, pack, published, publishedTransposed } from "./published-tensors.ts";
import type { NamedValues, PublishedTensor, ReadTensor } from "./published-tensors.ts";

/** How each published tensor is made of the model's parameters. */
export function publishedTensors(model: Gpt2): PublishedTensor[] {
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

/** The model's weights under Hugging Face's names. What needs no transposing is not copied: write it before training on. */
export function* toHuggingFace(model: Gpt2): Generator<NamedValues> {
  for (const tensor of publishedTensors(model)) {
    yield { name: tensor.name, shape: tensor.shape, data: pack(tensor, ({ data }) => data) };
  }
}

/**
 * Gives the model the weights that `read` finds under Hugging Face's names, with or without the prefix `transformer.`
 * (OpenAI's own files have none); the model keeps the arrays. Throws a UserError for a missing or misshapen tensor.
 */
export async function fromHuggingFace(model: Gpt2, read: ReadTensor): Promise<void> {
  await loadPublished(
    publishedTensors(model),
    async (name) => (await read(name)) ?? read(name.replace(/^transformer\./, "")),
  );
}

/** Ids that a tokenizer gives a meaning, none unless said. */
export interface SpecialIds {
  readonly beginId?: number;
  readonly endId?: number;
}

/** The `config.json` of a model, for transformers and for `fromHuggingFaceConfig`. */
export function toHuggingFaceConfig(config: Gpt2Config, ids: SpecialIds = {}): object {
  return {
    model_type: "gpt2",
    architectures: ["GPT2LMHeadModel"],
    dtype: "float32",
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
    bos_token_id: ids.beginId ?? null,
    eos_token_id: ids.endId ?? null,
  };
}

/** What transformers takes for granted where a `config.json` is silent, and the only values that this model computes. */
const supported: Readonly<Record<string, readonly unknown[]>> = {
  model_type: ["gpt2"],
  activation_function: ["gelu_new", "gelu_pytorch_tanh", undefined],
  layer_norm_epsilon: [1e-5, undefined],
  scale_attn_weights: [true, undefined],
  scale_attn_by_inverse_layer_idx: [false, undefined],
  add_cross_attention: [false, undefined],
};

/** The config that a `config.json` describes; throws a UserError for what is missing or not supported. */
export function fromHuggingFaceConfig(json: unknown): Gpt2Config {
  const published = (typeof json === "object" && json !== null ? json : {}) as Record<
    string,
    unknown
  >;
  for (const [name, values] of Object.entries(supported)) {
    if (!values.includes(published[name])) throw unsupported(name, values[0], published[name]);
  }
  const embedDim = numberOf(published, "n_embd");
  const inner = published["n_inner"] ?? 4 * embedDim;
  if (inner !== 4 * embedDim) throw unsupported("n_inner", 4 * embedDim, inner);
  const config = {
    vocabSize: numberOf(published, "vocab_size"),
    contextLength: numberOf(published, "n_positions"),
    embedDim,
    numHeads: numberOf(published, "n_head"),
    numLayers: numberOf(published, "n_layer"),
    dropoutRate: dropoutRateOf(published),
    hasQkvBias: published["qkv_bias"] !== false,
    hasTiedHead: published["tie_word_embeddings"] !== false,
  };
  requireGpt2Config(config);
  return config;
}

function dropoutRateOf(published: Record<string, unknown>): number {
  const rates = ["embd_pdrop", "attn_pdrop", "resid_pdrop"].map((name) => published[name] ?? 0.1);
  if (rates.every((rate) => rate === rates[0])) return Number(rates[0]);
  throw unsupported("embd_pdrop, attn_pdrop, resid_pdrop", "one rate", rates.join(", "));
}

function numberOf(published: Record<string, unknown>, name: string): number {
  const value = published[name];
  if (typeof value === "number") return value;
  throw unsupported(name, "a number", value);
}

function unsupported(name: string, expected: unknown, got: unknown): UserError {
  const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return new UserError(
    `config.json: expected "${name}" to be ${shown(expected)}, got ${got === undefined ? "none" : shown(got)}.`,
  );
}
