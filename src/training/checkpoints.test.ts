import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { pruneCheckpoints, recoverCheckpoints } from "./checkpoint-removal.ts";
import { listCheckpoints, loadCheckpoint, saveCheckpoint } from "./checkpoints.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "checkpoints-"))));
afterEach(() => rm(folder, { recursive: true }));

const origin = { configHash: "hash", libraryVersion: "1.2.3", tokenizerFiles: [] };

async function save(step: number, validationLoss: number | null = null, value = step) {
  const tensor = (value: number) =>
    ({ name: "x", dtype: "F32", shape: [2], data: new Float32Array(2).fill(value) }) as const;
  const state = {
    tokensSeen: 10 * step,
    elapsedMs: 0,
    validationLoss,
    bestValidationLoss: validationLoss,
    randomStates: { shuffle: "AAEC" },
    dataCursor: { file: 3 },
  };
  const tensors = { model: [tensor(value)], optimizer: [tensor(-value)] };
  return saveCheckpoint(folder, { step, tensors, modelConfig: { n_embd: 2 }, state }, origin);
}

async function valueOf(choice: number | "latest" | "best"): Promise<number> {
  const checkpoint = await loadCheckpoint(folder, choice);
  const [value] = await checkpoint.model.readFloat32("x");
  expect(await checkpoint.optimizer.readFloat32("x")).toEqual(new Float32Array(2).fill(-value));
  await checkpoint.close();
  return value;
}

const steps = async () => (await listCheckpoints(folder)).map(({ step }) => step);
const fileOf = (step: number, name: string) => join(folder, `step-00000${step}`, name);

describe("saving and loading", () => {
  test("a checkpoint comes back as it was saved, with what the run adds", async () => {
    const { path, state: saved } = await save(7, 1.5);
    const checkpoint = await loadCheckpoint(folder, 7);
    await checkpoint.close();
    expect(checkpoint).toMatchObject({ step: 7, path });
    expect(checkpoint.state).toEqual(saved);
    expect(checkpoint.state).toMatchObject({
      ...{
        step: 7,
        tokensSeen: 70,
        elapsedMs: 0,
        validationLoss: 1.5,
        randomStates: { shuffle: "AAEC" },
      },
      ...{ dataCursor: { file: 3 }, configHash: "hash", libraryVersion: "1.2.3" },
    });
    const config = await readFile(join(path, "config.json"), "utf8");
    expect(JSON.parse(config)).toEqual({ n_embd: 2 });
    expect(checkpoint.model.metadata).toEqual({ format: "pt" });
  });

  test("latest is the highest step, best the lowest validation loss, the later of equals", async () => {
    await save(100, 3);
    await save(9, 2);
    await save(1_000_000, null);
    await save(20, 2);
    expect(await steps()).toEqual([9, 20, 100, 1_000_000]);
    expect(await valueOf("latest")).toBe(1_000_000);
    expect(await valueOf("best")).toBe(20);
  });

  test("what is not there is refused with what is", async () => {
    await expect(loadCheckpoint(folder, "latest")).rejects.toThrow(
      /expected a checkpoint, got none/,
    );
    await save(1);
    await save(2);
    await expect(loadCheckpoint(folder, 3)).rejects.toThrow(/one of step 3, got steps 1, 2/);
    await expect(loadCheckpoint(folder, "best")).rejects.toThrow(/one with a validation loss/);
  });

  test("the same step saved again replaces the earlier one and leaves nothing else", async () => {
    await save(4);
    await save(4, 1, 44);
    expect(await valueOf(4)).toBe(44);
    expect(await readdir(folder)).toEqual(["step-000004"]);
  });

  test("a failure in the middle leaves the earlier checkpoint and no litter", async () => {
    await save(1);
    const broken = { ...origin, tokenizerFiles: [join(folder, "missing.json")] };
    const checkpoint = await loadCheckpoint(folder, 1);
    await checkpoint.close();
    const tensors = { model: [], optimizer: [] };
    const content = { step: 1, tensors, modelConfig: {}, state: checkpoint.state };
    await expect(saveCheckpoint(folder, content, broken)).rejects.toThrow(/missing\.json/);
    expect(await readdir(folder)).toEqual(["step-000001"]);
    expect(await valueOf(1)).toBe(1);
  });
});

describe("damage", () => {
  const damages: [string, (step: number) => Promise<void>, RegExp][] = [
    [
      "a truncated model",
      (step) => truncate(fileOf(step, "model.safetensors"), 20),
      /expected \d+ bytes in model\.safetensors, got 20/,
    ],
    [
      "a flipped bit",
      async (step) => {
        const bytes = await readFile(fileOf(step, "optimizer.safetensors"));
        bytes[bytes.length - 1] ^= 1;
        await writeFile(fileOf(step, "optimizer.safetensors"), bytes);
      },
      /expected checksum \d+ of optimizer\.safetensors/,
    ],
    ["a missing file", (step) => rm(fileOf(step, "model.safetensors")), /got ENOENT/],
    ["a missing state", (step) => rm(fileOf(step, "state.json")), /state\.json, got ENOENT/],
    ["a torn state", (step) => truncate(fileOf(step, "state.json"), 50), /whole state\.json/],
    ["another file's state", (step) => writeFile(fileOf(step, "state.json"), "{}"), /state\.json/],
  ];

  test.each(damages)(
    "%s is named, and so is the last good checkpoint",
    async (_, damage, reason) => {
      await save(1);
      await save(2);
      await save(3);
      await save(4);
      await damage(4);
      await damage(3);
      const refused = loadCheckpoint(folder, "latest");
      await expect(refused).rejects.toThrow(UserError);
      await expect(refused).rejects.toThrow(reason);
      await expect(refused).rejects.toThrow(join(folder, "step-000004"));
      await expect(refused).rejects.toThrow(
        /The last good checkpoint is that of step 2, .*step-000002/,
      );
      expect(await valueOf(2)).toBe(2);
    },
  );

  test("the only checkpoint, when damaged, leaves nothing to advise", async () => {
    await save(1);
    await rm(fileOf(1, "state.json"));
    await expect(loadCheckpoint(folder, 1)).rejects.toThrow(/There is no other good checkpoint/);
  });
});

describe("removal", () => {
  test("pruning keeps the last ones and the best", async () => {
    for (const [step, loss] of [3, 1, 2, 5, 4].entries()) await save(step + 1, loss);
    expect(await pruneCheckpoints(folder, 2)).toEqual([1, 3]);
    expect(await steps()).toEqual([2, 4, 5]);
    expect(await pruneCheckpoints(folder, 0)).toEqual([4, 5]);
    expect(await readdir(folder)).toEqual(["step-000002"]);
  });

  test("recovery puts back a checkpoint whose replacement never arrived, and removes the rest", async () => {
    await save(1);
    await save(2);
    await rename(join(folder, "step-000001"), join(folder, "step-000001.replaced"));
    await mkdir(join(folder, "step-000002.replaced"));
    await mkdir(join(folder, ".step-000003.0123456789ab.tmp"));
    await recoverCheckpoints(folder);
    expect((await readdir(folder)).sort()).toEqual(["step-000001", "step-000002"]);
    expect(await valueOf(1)).toBe(1);
  });
});
