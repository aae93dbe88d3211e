import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { UserError } from "../../errors.ts";
import { findLibrary, loadLibrary } from "./library.ts";
import { ortApiVersion, outValue } from "./ort-api.ts";

afterEach(() => vi.unstubAllEnvs());

/** Expects a `UserError` of one line that says what to do. */
async function expectUserError(attempt: () => unknown, message: RegExp): Promise<void> {
  const error: unknown = await Promise.resolve()
    .then(attempt)
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(message);
  expect((error as UserError).message).not.toContain("\n");
}

test("the library of this system is found and loads", async () => {
  const library = await loadLibrary();
  expect(library.file).toBe(findLibrary());
  expect(Number(library.version.split(".")[1])).toBeGreaterThanOrEqual(ortApiVersion);
  expect(await loadLibrary()).toBe(library);
});

test("the library of every system that the package ships is found by name", () => {
  const systems: [NodeJS.Platform, string, RegExp][] = [
    ["linux", "x64", /linux.x64.libonnxruntime\.so\.1$/],
    ["linux", "arm64", /linux.arm64.libonnxruntime\.so\.1$/],
    ["darwin", "arm64", /darwin.arm64.libonnxruntime\.[\d.]+\.dylib$/],
    ["win32", "x64", /win32.x64.onnxruntime\.dll$/],
    ["win32", "arm64", /win32.arm64.onnxruntime\.dll$/],
  ];
  for (const [platform, arch, path] of systems) expect(findLibrary(platform, arch)).toMatch(path);
});

test("a system without a library is a user's error that names the way round", () =>
  expectUserError(
    () => findLibrary("darwin", "x64"),
    /native library for darwin x64, got none.*SCRATCHLM_RUNTIME=reference/,
  ));

test("SCRATCHLM_ONNXRUNTIME may name a file, which must exist", async () => {
  const file = findLibrary();
  vi.stubEnv("SCRATCHLM_ONNXRUNTIME", file);
  expect(findLibrary("darwin", "x64")).toBe(file);
  vi.stubEnv("SCRATCHLM_ONNXRUNTIME", "/no/such/library.so");
  await expectUserError(loadLibrary, /no file at "\/no\/such\/library.so".*unset the variable/);
});

test("a file that is no library is a user's error", async () => {
  const folder = mkdtempSync(join(tmpdir(), "scratchlm-"));
  try {
    const file = join(folder, "garbage.so");
    writeFileSync(file, "this is no shared library\n".repeat(100));
    vi.stubEnv("SCRATCHLM_ONNXRUNTIME", file);
    await expectUserError(loadLibrary, /expected a library that loads.*npm i.*=reference/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.runIf(process.platform === "linux")("another library is a user's error", async () => {
  const report = process.report.getReport() as { sharedObjects: string[] };
  const libc = report.sharedObjects.find((path) => /libc[.-]/.test(path));
  vi.stubEnv("SCRATCHLM_ONNXRUNTIME", libc);
  await expectUserError(loadLibrary, /expected a library that loads/);
});

test("koffi's stacks for asynchronous calls are as large as a thread's", async () => {
  const { koffi } = await loadLibrary();
  expect(koffi.config().async_stack_size).toBeGreaterThanOrEqual(8 * 1024 * 1024);
});

test("a status becomes an error with its message, also when asynchronous", async () => {
  const { api, env } = await loadLibrary();
  const options = outValue((cell) => api.createSessionOptions(cell));
  expect(() => api.setSessionGraphOptimizationLevel(options, 12345)).toThrow("onnx runtime: ");
  const append = api.appendExecutionProvider.async(options, "NoSuchDevice", null, null, 0);
  await expect(append).rejects.toThrow(/onnx runtime: .*NoSuchDevice/);
  api.releaseSessionOptions(options);
  expect(env).not.toBe(0n);
});
