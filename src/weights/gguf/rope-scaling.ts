/** @file Rotary positions beyond the context that was trained on, in llama.cpp's words: metadata, or a factor for each pair of channels. */
import { UserError } from "../../errors.ts";
import type { Rope } from "../../models/index.ts";
import { rotaryMagnitude, rotarySpeeds } from "../../nn/index.ts";
import type { Llama3Scaling, RotaryScaling } from "../../nn/index.ts";
import { float32, text, uint32, type MetadataValue } from "./metadata.ts";
import type { MetadataReader } from "./metadata-reader.ts";

/** The metadata under `key`; none for Llama 3's kind, whose factors are a tensor of their own. */
export function* scalingMetadata(
  key: string,
  scaling: RotaryScaling,
): Generator<readonly [string, MetadataValue]> {
  if (scaling.kind === "llama3") return;
  yield [`${key}.type`, text(scaling.kind)];
  yield [`${key}.factor`, float32(scaling.factor)];
  if (scaling.kind === "linear") return;
  const { originalContextLength, betaFast, betaSlow } = scaling;
  yield [`${key}.original_context_length`, uint32(originalContextLength)];
  if (betaFast !== undefined) yield [`${key}.yarn_beta_fast`, float32(betaFast)];
  if (betaSlow !== undefined) yield [`${key}.yarn_beta_slow`, float32(betaSlow)];
  const onTop = rotaryMagnitude(scaling) / usualMagnitude(scaling.factor);
  if (!isClose(onTop, 1)) yield [`${key}.attn_factor`, float32(onTop)];
}

/** What the metadata under `key` says; throws a UserError for a kind that no `config.json` of ours has. */
export function readScaling(
  key: string,
  metadata: MetadataReader,
  contextLength: number,
): RotaryScaling | undefined {
  const kind = metadata.text(`${key}.type`) ?? "none";
  if (kind === "none") return undefined;
  const number = (name: string) => metadata.optionalNumber(`${key}.${name}`);
  const factor = metadata.number(`${key}.factor`);
  if (kind === "linear") return { kind, factor };
  if (kind !== "yarn") {
    throw new UserError(
      `${metadata.path}: expected "${key}.type" to be none, linear or yarn, got ${kind}.`,
    );
  }
  const [betaFast, betaSlow] = [number("yarn_beta_fast"), number("yarn_beta_slow")];
  const usual = usualMagnitude(factor);
  const onTop = number("attn_factor") ?? 1;
  return {
    ...{ kind, factor },
    originalContextLength: number("original_context_length") ?? contextLength,
    ...(betaFast !== undefined && { betaFast }),
    ...(betaSlow !== undefined && { betaSlow }),
    // Files converted by llama.cpp's own script have the whole factor there, not what comes on top.
    attentionFactor: isClose(onTop, usual) ? usual : onTop * usual,
  };
}

/** What YaRN multiplies queries and keys with. llama.cpp does so unasked; its own factor comes on top. */
function usualMagnitude(factor: number): number {
  return 0.1 * Math.log(factor) + 1;
}

const isClose = (a: number, b: number): boolean => Math.abs(a - b) < 1e-4;

/** By how much each of the `headDim / 2` rotations is slowed down. */
export function slowingFactors({ theta, scaling }: Rope, headDim: number): Float32Array {
  const slowed = rotarySpeeds(headDim, theta, scaling);
  return rotarySpeeds(headDim, theta, undefined).map((speed, i) => speed / slowed[i]);
}

/**
 * The scaling that gives these factors, with Meta's low and high factors, 1 and 4: all that a GGUF file keeps of it. Undefined
 * where none does.
 */
export function llama3ScalingOf(theta: number, factors: Float32Array): Llama3Scaling | undefined {
  const factor = factors.reduce((most, each) => Math.max(most, each), 1);
  const constants = {
    kind: "llama3",
    factor,
    lowFrequencyFactor: 1,
    highFrequencyFactor: 4,
  } as const;
  // Powers of two are what models are trained at; 8,192 first, which Meta's all have.
  const contexts = [8192, ...Array.from({ length: 20 }, (_, i) => 2 ** i)];
  return contexts
    .map((originalContextLength) => ({ ...constants, originalContextLength }))
    .find((scaling) =>
      slowingFactors({ theta, scaling }, 2 * factors.length).every(
        (each, i) => Math.abs(each - factors[i]) <= 1e-4 * each,
      ),
    );
}
