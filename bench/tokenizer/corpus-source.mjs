// Source code: the TypeScript and JavaScript of packages, as people wrote it: no bundles, no vocabularies.

import { join } from "node:path";
import { statSync } from "node:fs";
import { benchModules, filesBelow, projectModules, textsOf } from "./corpus-files.mjs";

const mostBytes = 200_000;
const mostCharactersInLine = 500; // nor inline source maps
const isLong = new RegExp(`.{${mostCharactersInLine}}`);
const isData = /[/\\](@genai-fi|ai-tokenizer|gpt-tokenizer|js-tiktoken|tiktoken|@stdlib)[/\\]/;

export function sourceParts() {
  const ofProject = ["fast-check", "yaml", "vitest", "publint", "@vitest", "ms", "semver"].map(
    (name) => join(projectModules, name),
  );
  return [
    [7, written([benchModules], /(?<!\.d)\.ts$/)],
    [2, written(ofProject, /(?<!\.min)\.js$/)],
    [3, written([benchModules], /(?<!\.min)\.js$|\.d\.ts$|\.mjs$/)],
  ];
}

/** Texts of files that are neither large nor pressed into long lines. */
function* written(folders, ending) {
  const paths = folders.flatMap((folder) => filesBelow(folder, (name) => ending.test(name)));
  const small = paths.filter((path) => !isData.test(path) && statSync(path).size < mostBytes);
  for (const text of textsOf(small)) {
    if (!isLong.test(text)) yield text;
  }
}
