import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { openSafetensors } from "../weights/index.ts";
import type { CheckpointContent } from "./checkpoints.ts";
import { createRun, openRun, viewRun } from "./run-directory.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-directory-"));
  path = join(folder, "runs/first");
});
afterEach(() => rm(folder, { recursive: true }));

const contentOf = (step: number): CheckpointContent => ({
  step,
  tensors: {
    model: [{ name: "wte.weight", dtype: "F32", shape: [1, 2], data: Float32Array.of(step, 0) }],
    optimizer: [],
  },
  modelConfig: { model_type: "gpt2" },
  state: {
    ...{ tokensSeen: step, elapsedMs: 0, validationLoss: 10 - step, bestValidationLoss: 10 - step },
    ...{ randomStates: {}, dataCursor: null },
  },
});

describe("creating", () => {
  test("a run keeps its options, log, tokenizer, and checkpoints", async () => {
    const tokenizerFiles = { "tokenizer.json": '{"model":{}}' };
    const run = await createRun(path, { seed: 7, model: { layers: 2 } }, { tokenizerFiles });
    await run.appendLog({ step: 1, loss: 2.5 });
    await run.saveCheckpoint(contentOf(1));
    await run.close();

    const again = await openRun(path);
    expect(again.config).toEqual({ seed: 7, model: { layers: 2 } });
    expect(await again.readLog()).toEqual([{ step: 1, loss: 2.5 }]);
    const checkpoint = await again.loadCheckpoint("latest");
    await checkpoint.close();
    expect(checkpoint.state.configHash).toBe(again.configHash);
    const version = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
    expect(checkpoint.state.libraryVersion).toBe(version.version);
    expect(await readFile(join(checkpoint.path, "tokenizer.json"), "utf8")).toBe('{"model":{}}');
    await again.close();
    expect((await readdir(path)).sort()).toEqual(
      ["checkpoints", "config.json", "log.jsonl", "tokenizer.json"], // and no lock
    );
  });

  test("a run that exists is refused, unless it is to be overwritten", async () => {
    const run = await createRun(path, { seed: 1 });
    await run.saveCheckpoint(contentOf(1));
    await run.appendLog({ step: 1 });
    await run.close();
    await writeFile(join(path, "notes.txt"), "mine");
    await expect(createRun(path, { seed: 2 })).rejects.toThrow(/expected no run of that name/);

    const second = await createRun(path, { seed: 2 }, { overwrite: true });
    expect(await second.listCheckpoints()).toEqual([]);
    expect(await second.readLog()).toEqual([]);
    await second.close();
    expect((await viewRun(path)).config).toEqual({ seed: 2 });
    expect(await readFile(join(path, "notes.txt"), "utf8")).toBe("mine");
  });

  test("a run in use is not overwritten", async () => {
    const run = await createRun(path, { seed: 1 });
    await expect(createRun(path, {}, { overwrite: true })).rejects.toThrow(/in use by/);
    expect((await viewRun(path)).config).toEqual({ seed: 1 });
    await run.close();
  });

  test.each([
    ["a model directory", ["config.json", "model.safetensors"]],
    ["a tokenizer", ["tokenizer.json"]],
    ["somebody's text", ["notes.txt"]],
    ["somebody's checkpoints", ["checkpoints/step-1"]],
  ])("a folder with %s is refused even when overwriting, and untouched", async (_, names) => {
    for (const name of names) {
      await mkdir(join(path, name, ".."), { recursive: true });
      await writeFile(join(path, name), "precious");
    }
    for (const overwrite of [false, true]) {
      await expect(createRun(path, {}, { overwrite })).rejects.toThrow(/an empty folder or none/);
    }
    for (const name of names) expect(await readFile(join(path, name), "utf8")).toBe("precious");
  });

  test("what a process that was killed while it made a run left is no obstacle", async () => {
    await mkdir(join(path, "checkpoints"), { recursive: true });
    await writeFile(join(path, "log.jsonl"), "");
    await writeFile(join(path, ".config.json.0123456789ab.tmp"), "{");
    await (await createRun(path, {})).close();
    await (await openRun(path)).close();
    expect((await readdir(path)).sort()).toEqual(["checkpoints", "config.json", "log.jsonl"]);
  });

  test("a folder is no run until all that it needs is there; a failure leaves what is not ours", async () => {
    await (await createRun(path, { seed: 1 })).close();
    await writeFile(join(path, "notes.txt"), "mine");
    const prepare = async () => {
      await writeFile(join(path, "tokens.bin"), "half");
      await expect(viewRun(path)).rejects.toThrow("expected a run");
      throw new UserError("no room");
    };
    const failing = createRun(path, {}, { overwrite: true, prepare });
    await expect(failing).rejects.toThrow("no room");
    expect(await readdir(path)).toEqual(["notes.txt"]);
    const fresh = createRun(
      join(folder, "fresh"),
      {},
      { prepare: () => Promise.reject(new Error()) },
    );
    await expect(fresh).rejects.toThrow();
    expect(existsSync(join(folder, "fresh"))).toBe(false);
  });

  test("a run whose options got lost keeps its checkpoints", async () => {
    const run = await createRun(path, {});
    await run.saveCheckpoint(contentOf(1));
    await run.close();
    await rm(join(path, "config.json"));
    await expect(createRun(path, {})).rejects.toThrow(/got one with step-000001/);
    expect(existsSync(join(path, "checkpoints/step-000001"))).toBe(true);
  });

  test("a path that cannot be a folder is refused", async () => {
    const file = join(folder, "file");
    await writeFile(file, "text");
    await expect(createRun(file, {})).rejects.toThrow(UserError);
    await expect(createRun(join(file, "run"), {})).rejects.toThrow(UserError);
  });
});

describe("opening", () => {
  test("what is no run is refused", async () => {
    await expect(openRun(path)).rejects.toThrow(/expected a run .*, got none there/);
    await expect(viewRun(folder)).rejects.toThrow(UserError);
  });

  test("damaged options are named", async () => {
    await (await createRun(path, {})).close();
    for (const text of ["", "{", "[]", "null"]) {
      await writeFile(join(path, "config.json"), text);
      await expect(openRun(path)).rejects.toThrow(/config\.json: expected a JSON object/);
    }
    await writeFile(join(path, "config.json"), "{}");
    await (await openRun(path)).close(); // the refusals let go of the lock
  });

  test("anyone may look at a run that is being written", async () => {
    const run = await createRun(path, { seed: 1 });
    await run.appendLog({ step: 1 });
    await run.saveCheckpoint(contentOf(1));
    const view = await viewRun(path);
    expect(await view.readLog()).toHaveLength(1);
    await (await view.loadCheckpoint("best")).close();
    await run.close();
  });
});

describe("going on", () => {
  test("rewinding forgets log and checkpoints after a step", async () => {
    const run = await createRun(path, {});
    for (const step of [1, 2, 3]) {
      await run.appendLog({ step });
      await run.saveCheckpoint(contentOf(step));
    }
    await run.rewind(2);
    await run.appendLog({ step: 3, again: true });
    expect(await run.readLog()).toEqual([{ step: 1 }, { step: 2 }, { step: 3, again: true }]);
    expect((await run.listCheckpoints()).map(({ step }) => step)).toEqual([1, 2]);
    await run.close();
  });

  test("changed options are kept, and their hash ignores the order of names only", async () => {
    const run = await createRun(path, { a: 1, b: { c: 2, d: 3 } });
    const hash = run.configHash;
    await run.updateConfig({ b: { d: 3, c: 2 }, a: 1 });
    expect(run.configHash).toBe(hash);
    await run.updateConfig({ a: 1, b: { c: 2, d: 4 } });
    expect(run.configHash).not.toBe(hash);
    await run.close();
    expect((await viewRun(path)).config).toEqual({ a: 1, b: { c: 2, d: 4 } });
  });

  test("exporting gives the model alone, and refuses a name that is taken", async () => {
    const run = await createRun(path, {}, { tokenizerFiles: { "tokenizer.json": "{}" } });
    await run.saveCheckpoint(contentOf(5));
    await run.saveCheckpoint(contentOf(6));
    const destination = join(folder, "models/out");
    await run.exportModel(destination, 5);
    expect((await readdir(destination)).sort()).toEqual(
      ["config.json", "model.safetensors", "tokenizer.json"], // neither optimizer nor training state
    );
    const file = await openSafetensors(join(destination, "model.safetensors"));
    expect(await file.readFloat32("wte.weight")).toEqual(Float32Array.of(5, 0));
    await file.close();
    await expect(run.exportModel(destination, 6)).rejects.toThrow(/out: .*not taken/);
    expect(await readdir(join(folder, "models"))).toEqual(["out"]);
    await run.close();
  });
});
