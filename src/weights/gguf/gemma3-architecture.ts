/** @file Gemma 3's language model. Its norms store what they add to 1; llama.cpp stores the sum. */
import { UserError } from "../../errors.ts";
import { gemma3Ropes, ropeFrom, numberIn } from "../../models/index.ts";
import { optionalNumberIn, type JsonObject } from "../json-file.ts";
import type { Architecture } from "./architecture.ts";
import {
  attentionTemplates,
  decoderConfig,
  decoderMetadata,
  decoderTemplates,
  feedForwardTemplates,
  headDimOf,
  headNormTemplates,
  layerTensor,
} from "./decoder-metadata.ts";
import { layerTypes, patternOf, slidingLayers } from "./layer-pattern.ts";
import { float32, uint32 } from "./metadata.ts";

/** Every sixth layer looks at everything. */
const period = 6;
const localTheta = 10_000;
const windowKey = "gemma3.attention.sliding_window";
const localThetaKey = "gemma3.rope.freq_base_swa";

/** llama.cpp scales by the width of a head, except for the model with this many layers, the 27B. */
const layersOf27b = 62;

export const gemma3Architecture: Architecture = {
  name: "gemma3",
  modelTypes: ["gemma3_text"],
  templates: [
    ...decoderTemplates,
    layerTensor("attn_norm", "input_layernorm"),
    ...attentionTemplates,
    ...headNormTemplates,
    layerTensor("post_attention_norm", "post_attention_layernorm"),
    layerTensor("ffn_norm", "pre_feedforward_layernorm"),
    ...feedForwardTemplates,
    layerTensor("post_ffw_norm", "post_feedforward_layernorm"),
  ].map((template) =>
    template.gguf.endsWith("norm")
      ? { ...template, change: () => ({ kind: "plusOne" }) }
      : template,
  ),

  *metadata(config) {
    requireComputable(config);
    yield* decoderMetadata("gemma3", config, gemma3Ropes.full);
    yield [windowKey, uint32(numberIn(config, "sliding_window"))];
    yield [localThetaKey, float32(ropeFrom(config, gemma3Ropes.sliding).theta)];
    const softcap = optionalNumberIn(config, "final_logit_softcapping");
    if (softcap !== undefined) yield ["gemma3.final_logit_softcapping", float32(softcap)];
  },

  config(metadata, found) {
    const config = decoderConfig("gemma3_text", metadata, found);
    const numLayers = numberIn(config, "num_hidden_layers");
    const is27b = numLayers === layersOf27b;
    const scalar = is27b
      ? numberIn(config, "hidden_size") / numberIn(config, "num_attention_heads")
      : headDimOf(config);
    return {
      architectures: ["Gemma3ForCausalLM"],
      ...config,
      hidden_activation: "gelu_pytorch_tanh",
      query_pre_attn_scalar: scalar,
      sliding_window: metadata.number(windowKey),
      layer_types: layerTypes(patternOf(metadata, period, numLayers)),
      rope_local_base_freq: metadata.optionalNumber(localThetaKey) ?? localTheta,
      final_logit_softcapping: metadata.optionalNumber("gemma3.final_logit_softcapping") ?? null,
    };
  },
};

/** What llama.cpp computes without being told must be what the config says. */
function requireComputable(config: JsonObject): void {
  const isRegular = slidingLayers(config, period).every((sliding, i) => {
    return sliding === ((i + 1) % period !== 0);
  });
  if (!isRegular) throw unsupported("every sixth layer to look at everything", "another pattern");
  const is27b = numberIn(config, "num_hidden_layers") === layersOf27b;
  const scalar = numberIn(config, "query_pre_attn_scalar", headDimOf(config));
  if (!is27b && scalar !== headDimOf(config)) {
    throw unsupported(`query_pre_attn_scalar to be head_dim, ${headDimOf(config)}`, `${scalar}`);
  }
}

function unsupported(expected: string, got: string): UserError {
  return new UserError(`config.json: expected ${expected}, as llama.cpp has it, got ${got}.`);
}
