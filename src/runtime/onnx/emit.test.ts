import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Gpt2 } from "../../models/index.ts";
import { initialize, namedParameters } from "../../nn/index.ts";
import { Generator } from "../../random/index.ts";
import type { Tensor } from "../../graph/index.ts";
import { gradients } from "../../transform/index.ts";
import { dimension } from "../dimensions.ts";
import { emitFunction } from "./executable.ts";
import { encodeModel } from "./model.ts";
import type { OnnxModel } from "./model.ts";
import { hasPythonOnnx, runPython } from "./testing/python-onnx.ts";

const model = new Gpt2({
  ...{ vocabSize: 60, contextLength: 16, embedDim: 16, numHeads: 2, numLayers: 2 },
  ...{ dropoutRate: 0.1, hasQkvBias: true, hasTiedHead: true },
});
const generator = new Generator(1);
initialize(model, generator);
const parameters = [...namedParameters(model).values()];

function trainingModel(): OnnxModel {
  const spec = { dtype: "int32", shape: [2, 8] } as const;
  const step = (ids: Tensor, targets: Tensor) => {
    const loss = model.loss(ids, targets, { generator });
    return [loss, ...gradients(loss, parameters)];
  };
  return emitFunction(step, [spec, spec], {}).model;
}

function inferenceModel(): OnnxModel {
  const spec = { dtype: "int32", shape: [dimension("B", 4), dimension("T", 8)] } as const;
  const forward = (ids: Tensor) => [model.forward(ids)];
  return emitFunction(forward, [spec], { parameters: "initializers" }).model;
}

test("a training step takes its parameters as inputs and has no node twice", () => {
  const { nodes, inputs, outputs } = trainingModel();
  expect(inputs.filter(({ name }) => name.startsWith("parameter_"))).toHaveLength(
    parameters.length,
  );
  expect(outputs).toHaveLength(1 + parameters.length);
  const spelt = nodes.map(({ opType, inputs: from, attributes }) =>
    JSON.stringify([opType, from, attributes]),
  );
  const computing = spelt.filter((_, i) => nodes[i].opType !== "Identity");
  expect(new Set(computing).size).toBe(computing.length);
});

describe.runIf(hasPythonOnnx())("onnx.checker", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "emit-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each([
    ["a training step", trainingModel],
    ["a model with free lengths", inferenceModel],
  ])("accepts %s, shapes included", async (name, make) => {
    const path = join(folder, `${name.replaceAll(" ", "-")}.onnx`);
    await writeFile(path, encodeModel(make()));
    const check = "import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)";
    expect(runPython(`${check}; print("valid")`, path)).toBe("valid\n");
  });
});
