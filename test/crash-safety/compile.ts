/** Programs for child processes: Node 20 does not run TypeScript, so they are compiled, with what they import. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Compiles the programs of this folder; returns the folder to remove afterwards and where `name` lies in it. */
export function compilePrograms(...names: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "crash-safety-"));
  const emit = { noEmit: false, declaration: false, noCheck: true }; // `npm run check` has checked them
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { ...emit, outDir: folder, rootDir: root },
    include: [],
    files: names.map((name) => join(import.meta.dirname, `${name}.ts`)),
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  symlinkSync(join(root, "package.json"), join(folder, "package.json"));
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder]);
  return { folder, pathOf: (name: string) => join(folder, "test/crash-safety", `${name}.js`) };
}
