/** @file The order of the rooms: a room imports only rooms above it, and nothing that users do not install. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importsIn, importsOf, publishedSources, root } from "./published-sources.ts";
import type { Import } from "./published-sources.ts";

/** From the ground up. */
const order = [
  "wasm",
  "graph",
  "random",
  "ops",
  "transform",
  "runtime",
  "tokenizer",
  "nn",
  "models",
  "weights",
  "data",
  "generation",
  "evaluation",
  "training",
  "finetuning",
  "server",
  "cli",
];

/** What every room may import. */
const ground = ["src/errors.ts", "src/file-errors.ts"];

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const installed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });

/** `src/ops/matmul.ts` → `ops`; a file in no room gives "". */
const roomOf = (path: string) => (path.split("/").length > 2 ? path.split("/")[1] : "");

const rooms = readdirSync(join(root, "src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** What is wrong with an import, or nothing. */
function faultOf({ place, target, isOwn }: Import): string[] {
  return isOwn ? ownFault(place, target) : packageFault(place, target);
}

function ownFault(place: string, target: string): string[] {
  const [from, to] = [roomOf(place), roomOf(target)];
  if (!target.startsWith("src/")) return [`${place}: ${target} lies outside src`];
  if (ground.includes(target) || place.startsWith("src/index.ts:")) return [];
  if (from === to || order.indexOf(to) < order.indexOf(from))
    return to === "" ? [badFile(place, target)] : [];
  return [`${place}: ${from} may not import ${to}, which is not above it`];
}

const badFile = (place: string, target: string) => `${place}: ${target} is in no room`;

function packageFault(place: string, target: string): string[] {
  const name = target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
  if (target.startsWith("node:") || installed.includes(name)) return [];
  const hint = builtinModules.includes(name) ? `write "node:${target}"` : "users do not install it";
  return [`${place}: ${target}: ${hint}`];
}

test("a room imports only rooms above it and packages that users install", () => {
  expect(publishedSources().flatMap(importsOf).flatMap(faultOf)).toEqual([]);
});

test("imports are found however they are written, and faults among them named by line", () => {
  const text = [
    'import { tensor } from "../graph/index.ts";', // above: allowed
    "import {",
    "  compile,",
    '} from "../runtime/index.ts";', // line 4, below
    'export * from "../nn/index.ts";',
    'import type { Tokenizer } from "../tokenizer/index.ts";',
    'const cli = await import("../cli/main.ts");',
    'import { test } from "vitest";',
    'import fs from "fs";',
    'import "../../test/book/chapter-3.ts";',
    'import { UserError } from "../errors.ts";',
    'import { matmul } from "./matmul.ts";',
    'import koffi from "koffi";',
  ].join("\n");
  const faults = importsIn(text, "src/ops/example.ts").flatMap(faultOf);
  const lines = faults.map((fault) => Number(/^src\/ops\/example\.ts:(\d+)/.exec(fault)?.[1]));
  expect(lines.sort((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10]);
});

test("every import is found: as many as lines that name a module", () => {
  for (const path of publishedSources()) {
    const text = readFileSync(join(root, path), "utf8");
    const named = text.match(/^(?!\s*(\*|\/\/)).*\bfrom "[^"]+";$/gm) ?? [];
    expect(importsOf(path).length, path).toBeGreaterThanOrEqual(named.length);
  }
});

test("every folder of src is a room of the list", () => {
  expect(rooms.filter((room) => !order.includes(room))).toEqual([]);
});

test.each(rooms)("%s has an entrance and a README of at most 15 lines", (room) => {
  const at = (name: string) => join(root, "src", room, name);
  const entrance = room === "cli" ? "main.ts" : "index.ts";
  expect([entrance, existsSync(at(entrance))]).toEqual([entrance, true]);
  const lines = readFileSync(at("README.md"), "utf8").trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(15);
});

test("no file is named after nothing in particular", () => {
  const vague = /(^|\/)(utils?|helpers?|common|types|misc)(\/|\.ts$)/;
  expect(publishedSources().filter((path) => vague.test(path))).toEqual([]);
});
