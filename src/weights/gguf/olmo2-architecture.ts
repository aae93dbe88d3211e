/** @file OLMo 3 (and 2), which llama.cpp knows as olmo2; a window makes the difference. */
import { olmo3Rope, numberIn } from "../../models/index.ts";
import { optionalNumberIn } from "../json-file.ts";
import type { Architecture } from "./architecture.ts";
import {
  attentionTemplates,
  decoderConfig,
  decoderMetadata,
  decoderTemplates,
  feedForwardTemplates,
  headNormTemplates,
  layerTensor,
} from "./decoder-metadata.ts";
import {
  layerTypes,
  patternKey,
  patternMetadata,
  patternOf,
  slidingLayers,
} from "./layer-pattern.ts";
import { uint32 } from "./metadata.ts";

/** Every fourth layer looks at everything. */
const period = 4;
const windowKey = "olmo2.attention.sliding_window";

export const olmo2Architecture: Architecture = {
  name: "olmo2",
  modelTypes: ["olmo3", "olmo2"],
  templates: [
    ...decoderTemplates,
    ...attentionTemplates,
    ...headNormTemplates,
    layerTensor("post_attention_norm", "post_attention_layernorm"),
    ...feedForwardTemplates,
    layerTensor("post_ffw_norm", "post_feedforward_layernorm"),
  ],

  *metadata(config) {
    const isOlmo3 = config["model_type"] === "olmo3";
    yield* decoderMetadata("olmo2", config, isOlmo3 ? olmo3Rope : {});
    const window = optionalNumberIn(config, "sliding_window");
    if (window === undefined) return;
    yield [windowKey, uint32(window)];
    yield [patternKey("olmo2"), patternMetadata(slidingLayers(config, period))];
  },

  config(metadata, found) {
    const window = metadata.optionalNumber(windowKey);
    const isOlmo3 = window !== undefined;
    const config = decoderConfig(isOlmo3 ? "olmo3" : "olmo2", metadata, found);
    const numLayers = numberIn(config, "num_hidden_layers");
    return {
      architectures: [isOlmo3 ? "Olmo3ForCausalLM" : "Olmo2ForCausalLM"],
      ...config,
      ...(isOlmo3 && {
        sliding_window: window,
        layer_types: layerTypes(patternOf(metadata, period, numLayers)),
      }),
    };
  },
};
