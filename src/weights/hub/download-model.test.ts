/** Downloads from a hub on this machine that drops connections, lies about lengths, and so on. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import type { DownloadProgress } from "./download-files.ts";
import { downloadModel, type ModelDownloadOptions } from "./download-model.ts";
import { hubSettings } from "./hub-settings.ts";
import { findCachedModel } from "./model-cache.ts";
import { commit, type HubServer, serve, startHub } from "./testing/hub-server.ts";

const weights = randomBytes(300_000);
const files = {
  "config.json": Buffer.from('{"model_type":"gpt2"}'),
  "tokenizer.json": Buffer.from("{}"),
  "model.safetensors": weights,
  "pytorch_model.bin": randomBytes(2000),
  "onnx/model.onnx": randomBytes(2000),
};
const wanted = ["config.json", "tokenizer.json", "model.safetensors"];

let hub: HubServer;
let folder: string;

beforeEach(async () => {
  hub = await startHub(files);
  folder = mkdtempSync(join(tmpdir(), "hub-"));
});
afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

const settings = (more: Record<string, string> = {}) =>
  hubSettings({
    HF_ENDPOINT: hub.url,
    HF_HOME: join(folder, "hf"),
    SCRATCHLM_CACHE: join(folder, "ours"),
    ...more,
  });

const download = (options: ModelDownloadOptions = {}) =>
  downloadModel("org/model", {
    settings: settings(),
    firstWaitMs: 1,
    partBytes: 100_000,
    ...options,
  });

const isLarge = (path: string) => path.endsWith("model.safetensors");

function expectWhole(path: string): void {
  for (const name of wanted) {
    const bytes = readFileSync(join(path, name));
    expect(bytes.equals(files[name as keyof typeof files])).toBe(true);
  }
  expect(existsSync(join(path, "model.safetensors.partial"))).toBe(false);
  expect(existsSync(join(path, "model.safetensors.partial.json"))).toBe(false);
}

test("a model comes whole, in parts, without files that could run code, and is found again", async () => {
  const progress: DownloadProgress[] = [];
  const { folder: path, files: names } = await download({ onProgress: (p) => progress.push(p) });
  expectWhole(path);
  expect([...names].sort()).toEqual([...wanted].sort());
  expect(existsSync(join(path, "pytorch_model.bin"))).toBe(false);
  const ranges = hub.requests.filter((one) => isLarge(one.path)).map(({ range }) => range);
  expect(ranges.sort()).toEqual(["bytes=0-99999", "bytes=100000-199999", "bytes=200000-299999"]);
  expect(progress.at(-1)).toMatchObject({ doneBytes: 300_023, totalBytes: 300_023 });
  for (const revision of ["main", commit]) {
    expect(await findCachedModel("org/model", revision, settings())).toBe(path);
  }
});

test("what is there already is not fetched again; a pinned commit asks nothing of the network", async () => {
  await download();
  const before = hub.requests.length;
  await download();
  expect(hub.requests.length).toBe(before + 1); // what main stands for now
  expect((await download({ revision: commit })).wasCached).toBe(true);
  expect(hub.requests.length).toBe(before + 1);
});

test("connections that drop are taken up where they dropped", async () => {
  const offsets: number[] = [];
  hub.misbehave = ({ path, range }, response, body) => {
    const start = Number(/^bytes=(\d+)/.exec(range ?? "")?.[1] ?? 0);
    if (!isLarge(path) || start % 100_000 !== 0) return false;
    response.writeHead(206, {
      "content-length": 100_000,
      "content-range": `bytes ${start}-${start + 99_999}/300000`,
    });
    response.write(body.subarray(start, start + 40_000), () => response.destroy());
    offsets.push(start);
    return true;
  };
  expectWhole((await download()).folder);
  expect(offsets.length).toBeGreaterThanOrEqual(3);
});

test("a stop keeps what has come, and the next call goes on from there", async () => {
  const controller = new AbortController();
  const onProgress = ({ fetchedBytes }: DownloadProgress) => {
    if (fetchedBytes > 150_000) controller.abort(new Error("stopped"));
  };
  await expect(download({ onProgress, signal: controller.signal, parallel: 1 })).rejects.toThrow(
    "stopped",
  );
  let fetched = 0;
  const result = await download({ onProgress: ({ fetchedBytes }) => (fetched = fetchedBytes) });
  expectWhole(result.folder);
  expect(fetched).toBeLessThan(250_000);
});

test.each([500, 503, 429])("status %d is tried again", async (status) => {
  let failures = 0;
  hub.misbehave = ({ path }, response) => {
    if (path.startsWith("/api") || failures >= 4) return false;
    failures++;
    response.writeHead(status, { "retry-after": "0" }).end("sorry");
    return true;
  };
  expectWhole((await download()).folder);
  expect(failures).toBe(4);
});

test("a server that knows no ranges gives the file whole", async () => {
  hub.misbehave = (seen, response, body) => {
    serve({ ...seen, range: undefined }, response, body);
    return true;
  };
  expectWhole((await download()).folder);
});

test("status 416 begins anew", async () => {
  let refusals = 0;
  hub.misbehave = ({ path, range }, response) => {
    if (!isLarge(path) || range === undefined || refusals > 2) return false;
    refusals++;
    response.writeHead(416).end();
    return true;
  };
  expectWhole((await download()).folder);
  expect(refusals).toBeGreaterThan(0);
});

test("a body that is too short, too long or another is refused, and leaves no file", async () => {
  for (const spoil of [
    () => weights.subarray(0, 299_000),
    () => Buffer.concat([weights, weights]),
    () => Buffer.from(weights).fill(7, 1000, 1010),
  ]) {
    hub.misbehave = (seen, response) => {
      if (!isLarge(seen.path)) return false;
      serve({ ...seen, range: undefined }, response, spoil());
      return true;
    };
    const error = await download().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect(existsSync(join(folder, "ours/models/org--model", commit, "model.safetensors"))).toBe(
      false,
    );
    expect(await findCachedModel("org/model", "main", settings())).toBeUndefined();
  }
  hub.misbehave = () => false;
  expectWhole((await download()).folder);
});

test("redirects are followed, and the token stays with the hub", async () => {
  const storage = await startHub(files);
  hub.misbehave = ({ path }, response) => {
    if (!isLarge(path)) return false;
    response
      .writeHead(302, { location: `${storage.url.replace("127.0.0.1", "localhost")}${path}` })
      .end();
    return true;
  };
  expectWhole((await download({ settings: settings({ HF_TOKEN: "hf_secret" }) })).folder);
  expect(hub.requests.every(({ authorization }) => authorization === "Bearer hf_secret")).toBe(
    true,
  );
  expect(storage.requests.length).toBe(3);
  expect(storage.requests.every(({ authorization }) => authorization === undefined)).toBe(true);
  await storage.close();
});

test("Hugging Face's own cache is read", async () => {
  const theirs = join(folder, "hf/hub/models--org--model");
  const snapshot = join(theirs, "snapshots", commit);
  for (const name of wanted) {
    mkdirSync(dirname(join(snapshot, name)), { recursive: true });
    writeFileSync(join(snapshot, name), files[name as keyof typeof files]);
  }
  mkdirSync(join(theirs, "refs"));
  writeFileSync(join(theirs, "refs/main"), commit);
  const result = await download({ settings: settings({ HF_HUB_OFFLINE: "1" }) });
  expect(result).toMatchObject({ folder: snapshot, wasCached: true });
  expect(hub.requests).toEqual([]);
});

test("patterns choose files", async () => {
  const { files: names } = await download({ include: ["onnx/*.onnx", "config.json"] });
  expect([...names].sort()).toEqual(["config.json", "onnx/model.onnx"]);
  await expect(download({ include: ["*.gguf"] })).rejects.toThrow(
    "--include: expected a pattern that matches a file of org/model, got *.gguf. It has config.json,",
  );
});

test.each([
  [401, "expected permission, got 401. Accept the model's terms on its page and set HF_TOKEN"],
  [404, "expected a file, got 404 (not found). Check the name and the revision."],
  [418, "expected an answer, got status 418."],
])("status %d is one clear error", async (status, message) => {
  hub.misbehave = (_seen, response) => {
    response.writeHead(status).end();
    return true;
  };
  await expect(download()).rejects.toThrow(message);
  expect(hub.requests.length).toBe(1);
});

test("a hub out of reach, one that keeps failing, and one that is none are clear errors", async () => {
  hub.misbehave = (_seen, response) => {
    response.writeHead(502).end();
    return true;
  };
  await expect(download({ tries: 3 })).rejects.toThrow("got status 502 3 times. Check the network");
  hub.misbehave = (_seen, response) => {
    response.end("<html>");
    return true;
  };
  await expect(download()).rejects.toThrow(UserError);
  await hub.close();
  const { host } = new URL(hub.url);
  await expect(download({ tries: 2 })).rejects.toThrow(
    `${host}: expected an answer, got ECONNREFUSED 2 times.`,
  );
});

test("a listing that names files outside the model's folder is refused", async () => {
  for (const rfilename of ["../evil.json", "/etc/passwd", "a\\..\\b", "C:evil", "a//b", ""]) {
    hub.misbehave = (_seen, response) => {
      response.end(JSON.stringify({ sha: commit, siblings: [{ rfilename, size: 1 }] }));
      return true;
    };
    await expect(download()).rejects.toThrow("expected paths inside the model's folder");
  }
});
