/** @file The notation of `einsum`, read into a name for each axis. */
import { UserError } from "../errors.ts";
import { formatShape } from "../graph/index.ts";
import type { Tensor } from "../graph/index.ts";

export interface Einsum {
  /** The names of each operand's axes. */
  readonly inputs: readonly (readonly string[])[];
  /** The names of the result's axes, in order. */
  readonly output: readonly string[];
}

const term = /^(?:[a-zA-Z]*\.\.\.)?[a-zA-Z]*$/;

/** Reads `ab,bc->ac`; axes that `...` stands for are named `...0`, `...1`, … from the last. */
export function parseEinsum(equation: string, operands: readonly Tensor[]): Einsum {
  const [left, right, ...more] = equation.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (more.length > 0 || ![...terms, right ?? ""].every((one) => term.test(one))) {
    throw new UserError(`einsum: expected letters as in "bhtd,bhsd->bhts", got "${equation}".`);
  }
  if (terms.length !== operands.length) {
    throw new UserError(
      `einsum: expected ${terms.length} operands for "${equation}", got ${operands.length}.`,
    );
  }
  const inputs = terms.map((one, i) => axesOf(equation, one, operands[i]));
  const elided = ellipsisOf(Math.max(...inputs.map(elidedCount)));
  if (right === undefined) return { inputs, output: [...elided, ...occurringOnce(inputs)] };
  const output = right.includes("...") ? lettersAround(right, elided) : [...right];
  checkOutput(equation, inputs, output);
  return { inputs, output };
}

const isElided = (name: string): boolean => name.startsWith("...");
const elidedCount = (axes: readonly string[]): number => axes.filter(isElided).length;
const ellipsisOf = (count: number): string[] =>
  Array.from({ length: count }, (_, axis) => `...${count - 1 - axis}`);

function lettersAround(one: string, elided: readonly string[]): string[] {
  const [before, after] = one.split("...");
  return [...before, ...elided, ...after];
}

function axesOf(equation: string, one: string, { shape }: Tensor): string[] {
  const letters = one.replace("...", "").length;
  const spare = shape.length - letters;
  if (one.includes("...") ? spare >= 0 : spare === 0) {
    return one.includes("...") ? lettersAround(one, ellipsisOf(spare)) : [...one];
  }
  throw new UserError(
    `einsum: expected ${letters} axes for "${one}" in "${equation}", got shape ${formatShape(shape)}.`,
  );
}

function occurringOnce(inputs: readonly (readonly string[])[]): string[] {
  const letters = inputs.flat().filter((name) => !isElided(name));
  return letters
    .filter((name) => letters.indexOf(name) === letters.lastIndexOf(name))
    .sort((a, b) => (a < b ? -1 : 1));
}

function checkOutput(
  equation: string,
  inputs: readonly (readonly string[])[],
  output: readonly string[],
): void {
  const known = new Set(inputs.flat());
  const bad = output.find((name, at) => !known.has(name) || output.indexOf(name) !== at);
  if (bad === undefined) return;
  const wrong = known.has(bad) ? "twice" : "but no operand has it";
  throw new UserError(
    `einsum: expected each output letter once, and in an operand, got "${bad}" ${wrong} in "${equation}".`,
  );
}
