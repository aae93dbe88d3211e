import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { namedData } from "../weights/index.ts";
import { type HubServer, startHub } from "../weights/hub/testing/hub-server.ts";
import { runCaptured } from "./testing/captured-terminal.ts";

const fixture = (file: string) =>
  new URL(`../../test/fixtures/models/gpt2-tiny/${file}`, import.meta.url).pathname;
const files = ["config.json", "model.safetensors"];

let hub: HubServer;
let folder: string;

beforeEach(async () => {
  hub = await startHub(
    Object.fromEntries(files.map((file) => [file, readFileSync(fixture(file))])),
  );
  folder = mkdtempSync(join(tmpdir(), "download-"));
  vi.stubEnv("HF_ENDPOINT", hub.url);
  vi.stubEnv("HF_HOME", join(folder, "hf"));
  vi.stubEnv("SCRATCHLM_CACHE", join(folder, "cache"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(folder, { recursive: true });
});

test("a downloaded model goes by its name afterwards", async () => {
  const before = await runCaptured(["generate", "--model", "org/model", "--prompt", "a"]);
  expect(before.errors).toContain("fetch a published model: scratchlm download org/model.");
  const { exitCode, output } = await runCaptured(["download", "org/model"]);
  expect(exitCode).toBe(0);
  expect(output).toContain("2 files, each with the right checksum");
  const after = await runCaptured(["generate", "--model", "org/model", "--prompt", "a"]);
  expect(after.errors).toContain("expected a model with a tokenizer, got none"); // the fixture has none
});

test("--json names the folder; --out chooses it", async () => {
  const out = join(folder, "mine");
  const { output } = await runCaptured(["download", "org/model", "--out", out, "--json"]);
  expect(JSON.parse(output)).toMatchObject({ folder: out, name: "org/model", wasCached: false });
  for (const file of files) {
    expect(readFileSync(join(out, file)).equals(readFileSync(fixture(file)))).toBe(true);
  }
});

test("a text is taken from SCRATCHLM_DATA where it is the right one", async () => {
  const { fileName, sha256 } = namedData.verdict;
  const given = process.env["SCRATCHLM_DATA"];
  vi.stubEnv("SCRATCHLM_DATA", folder);
  vi.stubEnv("HTTPS_PROXY", "http://127.0.0.1:1"); // nothing may leave this machine
  vi.stubEnv("https_proxy", undefined);
  if (given && existsSync(join(given, fileName))) {
    copyFileSync(join(given, fileName), join(folder, fileName));
    const { output } = await runCaptured(["download", "verdict", "--json"]);
    const { path } = JSON.parse(output);
    expect(createHash("sha256").update(readFileSync(path)).digest("hex")).toBe(sha256);
  } else writeFileSync(join(folder, fileName), "another text");
});

test.each([
  [["download"], "expected one model or text, got none"],
  [["download", "a b"], 'expected a model such as gpt2 or organisation/name, got "a b"'],
  [["download", "../etc"], "expected a model such as gpt2"],
  [["download", "org/other"], "expected a file, got 404 (not found)"],
])("%j is one clear error", async (words, message) => {
  const { exitCode, errors } = await runCaptured(words);
  expect(exitCode).toBe(1);
  expect(errors).toContain(message);
  expect(errors.trimEnd()).not.toContain("\n");
});
