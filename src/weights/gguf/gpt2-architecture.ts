/** @file GPT-2 in llama.cpp: matrices are (out, in), where Hugging Face's `Conv1D` is (in, out). */
import { UserError } from "../../errors.ts";
import { numberIn } from "../../models/index.ts";
import type { Architecture, TensorTemplate } from "./architecture.ts";
import { float32, uint32 } from "./metadata.ts";

const layer = (gguf: string, published: string): TensorTemplate => ({
  gguf: `blk.{layer}.${gguf}`,
  published: `transformer.h.{layer}.${published}`,
});

const matrix = (gguf: string, published: string): TensorTemplate => ({
  ...layer(gguf, published),
  change: () => ({ kind: "transpose" }),
});

export const gpt2Architecture: Architecture = {
  name: "gpt2",
  modelTypes: ["gpt2"],
  templates: [
    { gguf: "token_embd", published: "transformer.wte" },
    { gguf: "position_embd", published: "transformer.wpe" },
    layer("attn_norm", "ln_1"),
    matrix("attn_qkv", "attn.c_attn"),
    matrix("attn_output", "attn.c_proj"),
    layer("ffn_norm", "ln_2"),
    matrix("ffn_up", "mlp.c_fc"),
    matrix("ffn_down", "mlp.c_proj"),
    { gguf: "output_norm", published: "transformer.ln_f" },
    { gguf: "output", published: "lm_head" },
  ],

  *metadata(config) {
    const width = numberIn(config, "n_embd");
    yield ["gpt2.vocab_size", uint32(numberIn(config, "vocab_size"))];
    yield ["gpt2.context_length", uint32(numberIn(config, "n_positions"))];
    yield ["gpt2.embedding_length", uint32(width)];
    yield ["gpt2.block_count", uint32(numberIn(config, "n_layer"))];
    yield ["gpt2.feed_forward_length", uint32(numberIn(config, "n_inner", 4 * width))];
    yield ["gpt2.attention.head_count", uint32(numberIn(config, "n_head"))];
    yield [
      "gpt2.attention.layer_norm_epsilon",
      float32(numberIn(config, "layer_norm_epsilon", 1e-5)),
    ];
    const activation = config["activation_function"] ?? "gelu_new";
    if (activation === "gelu_new" || activation === "gelu_pytorch_tanh") return;
    throw new UserError(
      `config.json: expected "activation_function" to be gelu_new, the only one that llama.cpp has for GPT-2, got ${JSON.stringify(activation)}.`,
    );
  },

  config(metadata, { entries }) {
    return {
      model_type: "gpt2",
      architectures: ["GPT2LMHeadModel"],
      vocab_size: entries.get("token_embd.weight")?.shape[0] ?? null,
      n_positions: metadata.number("gpt2.context_length"),
      n_embd: metadata.number("gpt2.embedding_length"),
      n_layer: metadata.number("gpt2.block_count"),
      n_head: metadata.number("gpt2.attention.head_count"),
      n_inner: metadata.optionalNumber("gpt2.feed_forward_length") ?? null,
      layer_norm_epsilon: metadata.number("gpt2.attention.layer_norm_epsilon"),
      activation_function: "gelu_new",
      tie_word_embeddings: !entries.has("output.weight"),
      bos_token_id: metadata.optionalNumber("tokenizer.ggml.bos_token_id") ?? null,
      eos_token_id: metadata.optionalNumber("tokenizer.ggml.eos_token_id") ?? null,
    };
  },
};
