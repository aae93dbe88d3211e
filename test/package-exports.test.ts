/** @file The package as users get it: built into a folder of its own, checked by publint, and every entrance opened. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publishedSources, root } from "./published-sources.ts";

interface Targets {
  readonly source: string;
  readonly types: string;
  readonly default: string;
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { "./package.json": _, ...entrances } = manifest.exports as Record<string, Targets>;
const rooms = readdirSync(join(root, "src")).filter((name) =>
  existsSync(join(root, "src", name, "index.ts")),
);
/** Rooms that are programs; nothing imports them. */
const programs = ["cli"];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "scratchlm-package-"));
  const build = [join(root, "build/build.mjs"), join(folder, "dist")];
  execFileSync(process.execPath, build, { stdio: "inherit" });
  for (const name of ["package.json", "README.md", "LICENSE", "bin", "src"]) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the tarball would hold, as publint takes it. */
function packedFiles() {
  const names = manifest.files.flatMap((name: string) =>
    existsSync(join(folder, name)) ? filesIn(name) : [],
  );
  return ["package.json", "README.md", "LICENSE", ...names].map((name) => ({
    name: `package/${name}`,
    data: readFileSync(join(folder, name)),
  }));
}

function filesIn(name: string): string[] {
  const entries = readdirSync(join(folder, name), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/\.(test|samples)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.split(sep).includes("testing"))
    .map((path) => path.split(sep).join("/"));
}

test("every room has an entrance of its own, and every entrance is a room", () => {
  const expected = rooms.filter((room) => !programs.includes(room)).map((room) => `./${room}`);
  expect(Object.keys(entrances).sort()).toEqual([".", ...expected].sort());
});

test.each(Object.entries(entrances))("%s leads to source, types and program", (_name, targets) => {
  const path = targets.source.replace(/^\.\/src\//, "").replace(/\.ts$/, "");
  expect(publishedSources()).toContain(`src/${path}.ts`);
  expect(Object.entries(targets)).toEqual([
    ["source", `./src/${path}.ts`],
    ["types", `./dist/${path}.d.ts`],
    ["default", `./dist/${path}.js`],
  ]);
});

test("publint has nothing to say about what is packed", async () => {
  const { messages, pkg } = await publint({ pkgDir: "package", pack: { files: packedFiles() } });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test("every entrance opens in plain Node, without the native library being loaded", () => {
  const names = Object.keys(entrances).map((name) => join("scratchlm", name).split(sep).join("/"));
  const script = `for (const name of ${JSON.stringify(names)}) {
    const room = await import(name);
    console.log(name, Object.keys(room).length);
  }`;
  const options = {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, SCRATCHLM_ONNXRUNTIME: "none" },
  } as const;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], options);
  const lines = printed.trim().split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual(names);
  for (const line of lines) expect(Number(line.split(" ")[1]), line).toBeGreaterThan(0);
});
