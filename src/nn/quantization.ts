/** @file Weights in few bits: which parameters of a model are stored in blocks. */
import { UserError } from "../errors.ts";
import { blockLength } from "../graph/index.ts";
import type { Bits, Parameter } from "../graph/index.ts";
import { namedParameters } from "./named-parameters.ts";

/**
 * `q8`: 8 bits a weight; `q4`: 4 bits, but for the embedding and the head, where 4 would cost more in quality than they save.
 * Each block of 32 has a scale besides.
 */
export type Quantization = "q8" | "q4";

const vocabularyWide = /^(tokenEmbedding|head)\./;

const bitsOf: Readonly<Record<Quantization, (name: string) => Bits>> = {
  q8: () => 8,
  q4: (name) => (vocabularyWide.test(name) ? 8 : 4),
};

/** Small tables that every token depends on: learned positions, and the scores by which experts are chosen. */
const delicate = /(^|\.)(positionEmbedding|router)\./;

/**
 * Has the matrices of `model` stored in blocks: what they hold, now, and what is loaded into them later, tensor by tensor.
 * Norms, biases and learned positions stay float32, as do matrices whose rows are no whole blocks of 32. What was rounded
 * stays so, and what is in fewer bits already is left alone.
 */
export function quantizeWeights(model: object, quantization: Quantization): void {
  if (!Object.hasOwn(bitsOf, quantization)) {
    throw new UserError(`quantization: expected "q8" or "q4", got "${String(quantization)}".`);
  }
  for (const [name, parameter] of namedParameters(model)) {
    if (!isStoredInBlocks(name, parameter)) continue;
    const bits = bitsOf[quantization](name);
    parameter.bits = bits;
    if (!parameter.isInitialized) continue;
    const { blocks } = parameter;
    if (!blocks || blocks.bits > bits) parameter.assign(parameter.data);
  }
}

function isStoredInBlocks(name: string, { shape }: Parameter): boolean {
  return shape.length === 2 && shape[1] % blockLength === 0 && !delicate.test(name);
}
