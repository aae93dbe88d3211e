/** @file Rotary positions as `config.json` tells of them: in the words of transformers 5 (`rope_parameters`) and of those before. */
import type { RotaryScaling } from "../nn/index.ts";
import { numberIn, publishedConfig, requireSupported, unsupported } from "./published-config.ts";
import type { PublishedConfig } from "./published-config.ts";

export interface Rope {
  /** Base of the wavelengths. */
  readonly theta: number;
  /** For contexts longer than those trained on; none unless said. */
  readonly scaling?: RotaryScaling;
}

export interface RopePlace {
  /** Where transformers before 5 kept the base. */
  readonly thetaName?: string;
  readonly defaultTheta?: number;
  /** Which kind of layers, where `rope_parameters` tells kinds apart. */
  readonly layerType?: string;
  /** Whether the words before transformers 5 scaled this kind of layers. */
  readonly isScaled?: boolean;
}

/** What `published` says of rotary positions. Throws a UserError for a kind that is not supported. */
export function ropeFrom(published: PublishedConfig, place: RopePlace = {}): Rope {
  const { thetaName = "rope_theta", defaultTheta = 10_000, layerType, isScaled = true } = place;
  const parameters = publishedConfig(published["rope_parameters"]);
  const own = layerType === undefined ? parameters : publishedConfig(parameters[layerType]);
  const theta = numberIn(own, "rope_theta", numberIn(published, thetaName, defaultTheta));
  const isNew = Object.keys(own).length > 0;
  const described = isNew ? own : publishedConfig(isScaled ? published["rope_scaling"] : {});
  const scaling = scalingFrom(described, numberIn(published, "max_position_embeddings"));
  return scaling ? { theta, scaling } : { theta };
}

/** The words of each kind, besides its name and base. */
const words: Readonly<Record<RotaryScaling["kind"], readonly string[]>> = {
  linear: ["factor"],
  llama3: ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"],
  yarn: [
    ...["factor", "original_max_position_embeddings"],
    ...["beta_fast", "beta_slow", "attention_factor"],
  ],
};

function scalingFrom(described: PublishedConfig, contextLength: number): RotaryScaling | undefined {
  const kind = described["rope_type"] ?? described["type"] ?? "default";
  if (kind === "default") return undefined;
  if (kind !== "linear" && kind !== "llama3" && kind !== "yarn") {
    throw unsupported("rope_type", "default, linear, llama3 or yarn", kind);
  }
  const known = new Set([...words[kind], "rope_type", "type", "rope_theta"]);
  const unknown = Object.keys(described).filter((name) => !known.has(name));
  requireSupported(described, Object.fromEntries(unknown.map((name) => [name, [undefined, null]])));
  const factor = numberIn(described, "factor");
  if (kind === "linear") return { kind, factor };
  const original = numberIn(described, "original_max_position_embeddings", contextLength);
  if (kind === "llama3") {
    return {
      ...{ kind, factor, originalContextLength: original },
      lowFrequencyFactor: numberIn(described, "low_freq_factor"),
      highFrequencyFactor: numberIn(described, "high_freq_factor"),
    };
  }
  const attentionFactor = described["attention_factor"] ?? undefined;
  return {
    ...{ kind, factor, originalContextLength: original },
    betaFast: numberIn(described, "beta_fast", 32),
    betaSlow: numberIn(described, "beta_slow", 1),
    ...(attentionFactor !== undefined && {
      attentionFactor: numberIn(described, "attention_factor"),
    }),
  };
}

/** The words of transformers before 5, which 5 reads too. */
export function ropeTo({ theta, scaling }: Rope): PublishedConfig {
  return { rope_theta: theta, rope_scaling: scaling ? scalingTo(scaling) : null };
}

/** One kind of layers in `rope_parameters`. */
export function ropeParameters({ theta, scaling }: Rope): PublishedConfig {
  return { rope_theta: theta, ...(scaling ? scalingTo(scaling) : { rope_type: "default" }) };
}

function scalingTo(scaling: RotaryScaling): PublishedConfig {
  const { kind, factor } = scaling;
  if (kind === "linear") return { rope_type: kind, factor };
  const common = {
    ...{ rope_type: kind, factor },
    original_max_position_embeddings: scaling.originalContextLength,
  };
  if (kind === "llama3") {
    return {
      ...common,
      low_freq_factor: scaling.lowFrequencyFactor,
      high_freq_factor: scaling.highFrequencyFactor,
    };
  }
  return {
    ...common,
    beta_fast: scaling.betaFast ?? 32,
    beta_slow: scaling.betaSlow ?? 1,
    ...(scaling.attentionFactor !== undefined && { attention_factor: scaling.attentionFactor }),
  };
}
