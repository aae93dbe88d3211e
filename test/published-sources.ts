/** @file The source files that users get, and what each imports, for the tests that guard the package's order. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Where a file says what it needs. */
export interface Import {
  /** `src/ops/matmul.ts:3`, for messages. */
  readonly place: string;
  /** What is imported: a path from the repository's folder, or a package as written. */
  readonly target: string;
  readonly isOwn: boolean;
}

const isForTests = (path: string) =>
  /\.(test|samples)\.ts$/.test(path) || path.split("/").includes("testing");

/** Paths from the repository's folder, with `/`, of all sources but those that only tests use. */
export function publishedSources(): string[] {
  return readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .map((name) => join("src", name).split(sep).join("/"))
    .filter((path) => path.endsWith(".ts") && !isForTests(path))
    .sort();
}

/** Every import of `path`: static, re-exported, dynamic, and by `require.resolve`. */
export function importsOf(path: string): Import[] {
  return importsIn(readFileSync(join(root, path), "utf8"), path);
}

/** The same for `text`, as if it stood at `path`. */
export function importsIn(text: string, path: string): Import[] {
  const patterns = [
    // import … from "x", export … from "x", } from "x", import "x"
    /^(?:import|export|\})(?:[^"'\n;=]*?\bfrom)?\s*["']([^"'\n]+)["']/gm,
    /\b(?:import|require|resolve)\(\s*["']([^"'\n]+)["']/g,
  ];
  const found = patterns.flatMap((pattern) => [...text.matchAll(pattern)]);
  return found.map(({ index, 1: specifier }) => {
    const isOwn = specifier.startsWith(".");
    const file = relative(root, join(root, dirname(path), specifier));
    const line = text.slice(0, index).split("\n").length;
    return {
      place: `${path}:${line}`,
      target: isOwn ? file.split(sep).join("/") : specifier,
      isOwn,
    };
  });
}
