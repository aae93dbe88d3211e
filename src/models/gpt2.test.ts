/** What a GPT-2 refuses. What it computes is tested in test/models. */
import { describe, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { tensor, values } from "../graph/index.ts";
import { initialize } from "../nn/index.ts";
import { Generator } from "../random/index.ts";
import {
  fromHuggingFace,
  fromHuggingFaceConfig,
  Gpt2,
  gpt2Family,
  gpt2Presets,
  toHuggingFace,
  toHuggingFaceConfig,
} from "./index.ts";

const tiny = {
  vocabSize: 7,
  contextLength: 4,
  embedDim: 8,
  numHeads: 2,
  numLayers: 1,
  dropoutRate: 0,
  hasQkvBias: true,
  hasTiedHead: false,
};

describe("a config that cannot be", () => {
  test("names heads that would divide the width", () => {
    expect(() => new Gpt2({ ...gpt2Presets.gpt2, numHeads: 10 })).toThrow(
      new UserError(
        "gpt2: expected embedDim divisible by numHeads, got 768 and 10. Try numHeads 4, 6, 8, 12, 16.",
      ),
    );
  });

  test.each([
    ["vocabSize", 0, "whole number above 0"],
    ["numLayers", 1.5, "whole number above 0"],
    ["contextLength", NaN, "whole number above 0"],
    ["dropoutRate", 2, "from 0 to 1"],
  ])("says so: %s %d", (name, value, says) => {
    expect(() => new Gpt2({ ...tiny, [name]: value })).toThrow(says);
  });
});

describe("a forward", () => {
  const model = new Gpt2(tiny);

  test("takes no more tokens than the context length", () => {
    const ids = tensor(new Int32Array(5), { shape: [1, 5] });
    expect(() => model.forward(ids)).toThrow(
      "expected at most 4 tokens, the context length, got 5.",
    );
  });

  test("without weights says which parameter has none", () => {
    const ids = tensor([[1, 2]], { dtype: "int32" });
    expect(() => values(model.forward(ids))).toThrow(/parameter "[\w.]+": expected numbers/);
  });

  test("takes int32 ids (B, T)", () => {
    expect(() => model.forward(tensor([[1, 2]]))).toThrow("got float32 (1, 2)");
    expect(() => model.forward(tensor([1, 2], { dtype: "int32" }))).toThrow("got int32 (2,)");
  });
});

describe("a config.json", () => {
  const model = new Gpt2(tiny);

  test("keeps everything", () => {
    for (const change of [{}, { hasQkvBias: false }, { hasTiedHead: true }, { dropoutRate: 0.2 }]) {
      const config = { ...tiny, ...change };
      const json = JSON.parse(JSON.stringify(toHuggingFaceConfig(new Gpt2(config))));
      expect(fromHuggingFaceConfig(json)).toEqual({ family: gpt2Family, config });
    }
  });

  test.each([
    [{ activation_function: "relu" }, 'expected "activation_function" to be gelu_new, got relu'],
    [{ n_inner: 100 }, 'expected "n_inner" to be 32, got 100'],
    [{ model_type: "bert" }, 'expected "model_type" to be one of gpt2, llama'],
    [{ n_embd: undefined }, 'expected "n_embd" to be a number, got none'],
    [{ attn_pdrop: 0.5 }, "to be one rate, got 0, 0.5, 0"],
    [{ scale_attn_weights: false }, 'expected "scale_attn_weights" to be true, got false'],
  ])("is refused where the model would compute something else: %j", (change, says) => {
    expect(() => fromHuggingFaceConfig({ ...toHuggingFaceConfig(model), ...change })).toThrow(says);
  });

  test("that is none is refused", () => {
    expect(() => fromHuggingFaceConfig(null)).toThrow(UserError);
  });
});

describe("published weights", () => {
  const model = new Gpt2(tiny);
  initialize(model, new Generator(1));
  const files = new Map([...toHuggingFace(model)].map((one) => [one.name, one]));

  test("are found without the prefix, as OpenAI published them", async () => {
    const copy = new Gpt2({ ...tiny, hasTiedHead: true });
    const bare = (name: string) =>
      name.startsWith("transformer.") ? undefined : files.get(`transformer.${name}`);
    await fromHuggingFace(copy, bare);
    expect(copy.blocks[0].feedForward.up.weight.data).toEqual(
      model.blocks[0].feedForward.up.weight.data,
    );
  });

  test("that are missing or of another shape are named", async () => {
    await expect(fromHuggingFace(new Gpt2(tiny), () => undefined)).rejects.toThrow(
      'weights: expected "transformer.wte.weight" of shape (7, 8), got none.',
    );
    const wider = new Gpt2({ ...tiny, embedDim: 16 });
    await expect(fromHuggingFace(wider, (name) => files.get(name))).rejects.toThrow(
      'expected "transformer.wte.weight" of shape (7, 16), got (7, 8)',
    );
  });

  test("with a QKV bias do not fit a model without", async () => {
    const without = new Gpt2({ ...tiny, hasQkvBias: false });
    await expect(fromHuggingFace(without, (name) => files.get(name))).rejects.toThrow(
      "expected zeros",
    );
  });
});
