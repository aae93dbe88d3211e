/** @file What makes a config impossible, whatever its family. */
import { UserError } from "../errors.ts";

/** A model is made layer by layer, even to look at: more than these is a mistake that would fill the memory. */
const mostLayers = 10_000;

/** Throws a UserError unless every size called so in `config` is a whole number above 0, and there are not absurdly many layers. */
export function requireSizes<C extends { readonly numLayers: number }>(
  family: string,
  config: C,
  names: readonly (keyof C & string)[],
): void {
  for (const name of names) {
    const value = config[name];
    if (Number.isSafeInteger(value) && (value as number) > 0) continue;
    throw new UserError(
      `${family}: expected "${name}" to be a whole number above 0, got ${value}.`,
    );
  }
  if (config.numLayers <= mostLayers) return;
  throw new UserError(`${family}: expected at most ${mostLayers} layers, got ${config.numLayers}.`);
}

/** Heads of queries that share heads of keys and values, and are turned by their positions. */
interface Heads {
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
}

/** Throws a UserError for heads that cannot share, or cannot be turned. */
export function requireHeads(family: string, { numHeads, numKvHeads, headDim }: Heads): void {
  if (numHeads % numKvHeads !== 0) {
    throw new UserError(
      `${family}: expected numHeads divisible by numKvHeads, got ${numHeads} and ${numKvHeads}.`,
    );
  }
  if (headDim % 2 === 0) return;
  throw new UserError(
    `${family}: expected an even headDim, to turn pairs of channels, got ${headDim}.`,
  );
}
