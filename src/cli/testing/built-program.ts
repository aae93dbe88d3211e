/** @file The program as users have it: built into a folder of its own, and started as a process. */
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { copyFile, mkdtemp, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface StartedProgram {
  readonly process: ChildProcess;
  /** What was written to stdout so far. */
  output(): string;
  /** Resolves when the output contains `text`; rejects when the program ends before. */
  saw(text: string): Promise<void>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: string }>;
}

export interface BuiltProgram {
  readonly main: string;
  start(
    words: readonly string[],
    options?: { env?: NodeJS.ProcessEnv; cwd?: string },
  ): StartedProgram;
  remove(): Promise<void>;
}

/** Builds the sources as `npm run build` does. */
export async function buildProgram(): Promise<BuiltProgram> {
  const folder = await mkdtemp(join(tmpdir(), "scratchlm-program-"));
  const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
  const compiler = join(dirname(manifest), "bin", "tsc");
  const words = ["-p", join(root, "tsconfig.build.json"), "--outDir", join(folder, "dist")];
  await promisify(execFile)(process.execPath, [compiler, ...words], { cwd: root });
  await copyFile(join(root, "package.json"), join(folder, "package.json"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const main = join(folder, "dist", "cli", "main.js");
  return {
    main,
    start: (given, { env = {}, cwd = folder } = {}) => start([main, ...given], env, cwd),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function start(words: readonly string[], env: NodeJS.ProcessEnv, cwd: string): StartedProgram {
  const child = spawn(process.execPath, words, { cwd, env: { ...process.env, ...env } });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => (written[name] += text));
  }
  const ended = new Promise<Awaited<StartedProgram["ended"]>>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, errors: written.stderr }));
  });
  const saw = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => void (written.stdout.includes(text) && resolve());
      child.stdout.on("data", look);
      look();
      const message = () => `expected "${text}", got ${written.stdout}${written.stderr}`;
      void ended.then(() => reject(new Error(message())));
    });
  return { process: child, output: () => written.stdout, saw, ended };
}
