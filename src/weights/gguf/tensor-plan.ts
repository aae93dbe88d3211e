/** @file The tensors of one model, by both of their names. */
import { UserError } from "../../errors.ts";
import { numberIn } from "../../models/index.ts";
import type { JsonObject } from "../json-file.ts";
import type { Architecture, TensorTemplate } from "./architecture.ts";
import { numExpertsOf } from "./qwen3-architecture.ts";
import type { TensorChange } from "./tensor-change.ts";

/** One tensor of a GGUF file and what it is made of. */
export interface PlannedTensor {
  readonly gguf: string;
  /** More than one where llama.cpp stacks them. */
  readonly published: readonly string[];
  readonly change: TensorChange | undefined;
}

/** Far more than any published model has; a config that names more is damaged. */
const mostExperts = 4096;

/**
 * The tensors of a model with this config, of those that a file has: `has` is asked for weights and biases by the name that
 * `side` gives them, of which there are `count`. Throws a UserError for a layer or an expert that is missing altogether.
 */
export function planTensors(
  architecture: Architecture,
  config: JsonObject,
  source: { readonly side: "gguf" | "published"; readonly names: ReadonlySet<string> },
): PlannedTensor[] {
  const { side, names } = source;
  const numLayers = numberIn(config, "n_layer" in config ? "n_layer" : "num_hidden_layers");
  // Every layer has tensors of its own, so a config that names more layers than there are tensors is not this model's.
  if (!(numLayers <= names.size)) throw missing(`tensors of ${numLayers} layers`, `${names.size}`);
  if (config["model_type"] === "qwen3_moe" && numExpertsOf(config) > mostExperts) {
    throw missing(`at most ${mostExperts} experts`, `${numExpertsOf(config)}`);
  }
  const planned: PlannedTensor[] = [];
  for (const template of architecture.templates) {
    const layers = template.gguf.includes("{layer}") ? numLayers : 1;
    for (let layer = 0; layer < layers; layer++) {
      for (const suffix of ["weight", "bias"]) {
        const tensor = fill(template, config, { layer, suffix });
        const wanted = side === "gguf" ? [tensor.gguf] : tensor.published;
        const found = wanted.filter((name) => names.has(name));
        if (found.length === wanted.length) planned.push(tensor);
        else if (found.length > 0 || isRequired(template, suffix, config)) {
          throw missing(`"${wanted.find((name) => !names.has(name))}"`, "none");
        }
      }
    }
  }
  return planned;
}

function isRequired({ gguf }: TensorTemplate, suffix: string, config: JsonObject): boolean {
  if (suffix === "bias") return false; // which families have one, and where, the file itself tells
  return gguf !== "output" || config["tie_word_embeddings"] === false;
}

function fill(
  { gguf, published, change }: TensorTemplate,
  config: JsonObject,
  { layer, suffix }: { readonly layer: number; readonly suffix: string },
): PlannedTensor {
  const name = `${published.replace("{layer}", `${layer}`)}.${suffix}`;
  const isMatrixOnly = change?.(config).kind === "transpose" && suffix === "bias";
  return {
    gguf: `${gguf.replace("{layer}", `${layer}`)}.${suffix}`,
    published: name.includes("{expert}")
      ? Array.from({ length: numExpertsOf(config) }, (_, i) => name.replace("{expert}", `${i}`))
      : [name],
    change: isMatrixOnly ? undefined : change?.(config),
  };
}

function missing(expected: string, got: string): UserError {
  return new UserError(
    `weights: expected ${expected}, got ${got}. Use weights that belong to this config.`,
  );
}
