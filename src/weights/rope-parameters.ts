/** @file How a `config.json` says that positions rotate: in transformers 5's words, or in the older ones. */
import { isJsonObject, numberIn, type JsonObject } from "./json-file.ts";

/** Which layers it is for, in families that treat them differently. */
export type LayerType = "full_attention" | "sliding_attention";

export interface RopeParameters {
  readonly theta: number;
  /** `default`, `linear`, `llama3`, `yarn`. */
  readonly type: string;
  /** The rest, such as `factor`, under the names of the config. */
  readonly scaling: JsonObject;
}

const defaultTheta = 10_000;

/** The rotation of layers of a type. Local layers of older Gemma configs have a theta of their own and no scaling. */
export function ropeParameters(
  config: JsonObject,
  layerType: LayerType = "full_attention",
): RopeParameters {
  const found = config["rope_parameters"];
  if (isJsonObject(found)) {
    const own = found[layerType];
    return fromParts(isJsonObject(own) ? own : found, defaultTheta);
  }
  const local = config["rope_local_base_freq"];
  if (layerType === "sliding_attention" && typeof local === "number") {
    return { theta: local, type: "default", scaling: {} };
  }
  const scaling = config["rope_scaling"];
  return fromParts(
    isJsonObject(scaling) ? scaling : {},
    numberIn(config, "rope_theta", defaultTheta),
  );
}

function fromParts(parts: JsonObject, theta: number): RopeParameters {
  const type = parts["rope_type"] ?? parts["type"] ?? "default";
  return {
    theta: numberIn(parts, "rope_theta", theta),
    type: typeof type === "string" ? type : "default",
    scaling: parts,
  };
}

/** Rotations of Llama 3.1 and later: slow ones are slowed down further by `factor`, in between it is blended. */
export interface Llama3Scaling {
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  /** Tokens that the model had seen before its context was extended. */
  readonly originalContext: number;
}

export function llama3Scaling(scaling: JsonObject): Llama3Scaling {
  return {
    factor: numberIn(scaling, "factor"),
    lowFrequencyFactor: numberIn(scaling, "low_freq_factor"),
    highFrequencyFactor: numberIn(scaling, "high_freq_factor"),
    originalContext: numberIn(scaling, "original_max_position_embeddings"),
  };
}

/** By how much each of the `headDim / 2` rotations is slowed down. */
export function llama3Factors(theta: number, headDim: number, given: Llama3Scaling): Float32Array {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = given;
  return Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const turns = turnsOf(i, { theta, headDim, originalContext });
    if (turns > high) return 1;
    if (turns < low) return factor;
    const smooth = (turns - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

/** How often rotation `i` goes round within the original context. */
function turnsOf(
  i: number,
  { theta, headDim, originalContext }: { theta: number; headDim: number; originalContext: number },
): number {
  const wavelength = 2 * Math.PI * theta ** ((2 * i) / headDim);
  return originalContext / wavelength;
}

/**
 * The scaling that gives these factors, with Meta's low and high factors, 1 and 4: all that a GGUF file keeps of it. Undefined
 * where none does.
 */
export function llama3ScalingOf(
  theta: number,
  headDim: number,
  factors: Float32Array,
): Llama3Scaling | undefined {
  const factor = factors.reduce((most, each) => Math.max(most, each), 1);
  const constants = { factor, lowFrequencyFactor: 1, highFrequencyFactor: 4 };
  // Powers of two are what models are trained at; 8,192 first, which Meta's all have.
  const contexts = [8192, ...Array.from({ length: 20 }, (_, i) => 2 ** i)];
  return contexts
    .map((originalContext) => ({ ...constants, originalContext }))
    .find((scaling) =>
      llama3Factors(theta, headDim, scaling).every(
        (each, i) => Math.abs(each - factors[i]) <= 1e-4 * each,
      ),
    );
}
