/** @file The parameters of a model by layer, where equal layers count together. */
import { formatShape } from "../graph/index.ts";
import type { CausalLanguageModel } from "../models/index.ts";
import { namedParameters } from "../nn/index.ts";

export interface ParameterGroup {
  /** `blocks.*.attention.query.weight` where all blocks have the same. */
  readonly name: string;
  /** Of each one. */
  readonly shape: string;
  /** How many parameters of that shape. */
  readonly copies: number;
  /** Numbers of all of them. */
  readonly count: number;
}

/** The parameters of `model` in order, those of its blocks together. Allocates nothing. */
export function parameterGroups(model: CausalLanguageModel): ParameterGroup[] {
  const groups = new Map<string, ParameterGroup>();
  for (const [path, { shape, size }] of namedParameters(model)) {
    const name = path.replace(/^blocks\.\d+\./, "blocks.*.");
    const before = groups.get(name);
    groups.set(name, {
      ...{ name, shape: formatShape(shape) },
      copies: (before?.copies ?? 0) + 1,
      count: (before?.count ?? 0) + size,
    });
  }
  return [...groups.values()];
}
