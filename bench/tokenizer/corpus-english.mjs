// English: a novel, speeches, mail, and the documentation of packages.

import { join } from "node:path";
import { benchModules, filesBelow, projectModules, textsOf } from "./corpus-files.mjs";

const isText = (name) => name.endsWith(".txt");

export function englishParts() {
  const dataOf = (modules, name) => join(modules, "@stdlib", `datasets-${name}`, "data");
  return [
    [2, textsOf([join(dataOf(projectModules, "moby-dick"), "data.txt")])],
    [3, textsOf(filesBelow(dataOf(benchModules, "sotu"), isText))],
    [3, textsOf(filesBelow(benchModules, (name) => name.endsWith(".md")))],
    [3, textsOf(filesBelow(dataOf(benchModules, "spam-assassin"), isText))],
  ];
}
