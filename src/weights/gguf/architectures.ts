/** @file The families that both sides know. */
import { UserError } from "../../errors.ts";
import type { JsonObject } from "../json-file.ts";
import type { Architecture } from "./architecture.ts";
import { gemma3Architecture } from "./gemma3-architecture.ts";
import { gpt2Architecture } from "./gpt2-architecture.ts";
import { llamaArchitecture } from "./llama-architecture.ts";
import { olmo2Architecture } from "./olmo2-architecture.ts";
import { qwen3Architecture, qwen3MoeArchitecture } from "./qwen3-architecture.ts";

const architectures: readonly Architecture[] = [
  gpt2Architecture,
  llamaArchitecture,
  qwen3Architecture,
  qwen3MoeArchitecture,
  gemma3Architecture,
  olmo2Architecture,
];

/** The architecture of a GGUF file. */
export function architectureNamed(name: string, path: string): Architecture {
  const found = architectures.find((each) => each.name === name);
  if (found) return found;
  const known = architectures.map((each) => each.name).join(", ");
  throw new UserError(
    `${path}: expected general.architecture to be one of ${known}, got ${JSON.stringify(name).slice(0, 60)}. This family is not supported.`,
  );
}

/** The architecture that a `config.json` becomes. */
export function architectureFor(config: JsonObject, path: string): Architecture {
  const type = config["model_type"];
  const found = architectures.find(({ modelTypes }) => modelTypes.includes(String(type)));
  if (found) return found;
  const known = architectures.flatMap(({ modelTypes }) => modelTypes).join(", ");
  throw new UserError(
    `${path}: expected model_type to be one of ${known}, got ${JSON.stringify(type)?.slice(0, 60) ?? "none"}. llama.cpp or scratchlm does not know this family.`,
  );
}
