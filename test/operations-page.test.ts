/** @file `docs/ops.md` is made from `ops/index.ts`: `npm run docs` writes it, and `npm test` sees that it is up to date. */
import { expect, test } from "vitest";
import { apply } from "../src/graph/index.ts";
import type { Emit, Node, Operation, Ref, Tensor } from "../src/graph/index.ts";
import * as ops from "../src/ops/index.ts";
import { samples } from "../src/ops/laws.samples.ts";
import type { OperationName, Sample } from "../src/ops/laws.samples.ts";

const operations = Object.entries(ops).flatMap(([name, value]) =>
  typeof value === "function" && "operation" in value
    ? [{ name: name as OperationName, operation: value.operation as Operation }]
    : [],
);

/** An `Emit` that keeps the names of the operators it is asked for. */
function recorder(operators: Set<string>): Emit {
  const ref: Ref = { ref: "" };
  const emit = (operator: string) => {
    operators.add(operator);
    return ref;
  };
  return Object.assign(emit, {
    many: (operator: string, _inputs: readonly (Ref | undefined)[], outputs: number) =>
      Array.from({ length: outputs }, () => emit(operator)),
    ints: () => ref,
    scalar: () => ref,
    cast: () => emit("Cast"),
    blocks: () => undefined,
    stack: () => undefined,
    has: () => true,
  });
}

/** Every ONNX operator that the operation's own spelling uses at some sample. */
function spelling(operation: Operation, list: readonly Sample[]): string {
  const operators = new Set<string>();
  for (const { inputs, attributes } of list) {
    const node: Node | undefined = apply(operation, inputs, attributes)[0].origin;
    const refs = inputs.map((_: Tensor, i: number) => ({ ref: `x${i}` }));
    operation.onnx?.(recorder(operators), refs, node!);
  }
  return [...operators].map((operator) => `\`${operator}\``).join(", ");
}

function gradientOf({ gradient, body }: Operation): string {
  if (gradient === "none") return "none";
  if (gradient) return body ? "own rule" : "rule";
  return "through its body";
}

function table(isWanted: (operation: Operation) => boolean): string {
  const wanted = operations.filter(({ operation }) => isWanted(operation));
  const rows = wanted.map(({ name, operation }) => {
    const onnx = spelling(operation, samples[name]) || "its body's";
    return `| \`${name}\` | ${onnx} | ${gradientOf(operation)} |`;
  });
  return ["| operation | ONNX | gradient |", "| --- | --- | --- |", ...rows].join("\n");
}

const page = `# Operations

Made from \`src/ops/index.ts\` by \`npm run docs\`; do not edit. Every operation is tested against the laws of
\`src/ops/laws.test.ts\`: its shape rule, its ONNX spelling and its gradient agree with its reference kernel.

## Primitives

They have four rules each: shape, reference kernel, ONNX spelling and gradient.

${table(({ body }) => !body)}

## Composites

Functions over primitives. Those with an ONNX spelling of their own use it where it applies, else their body's.

${table(({ body }) => body !== undefined)}
`;

test("docs/ops.md says what the operations are (npm run docs makes it anew)", async () => {
  await expect(page).toMatchFileSnapshot("../docs/ops.md");
});
