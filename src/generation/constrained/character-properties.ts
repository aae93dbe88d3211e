/** @file The characters that have a Unicode property: JavaScript's own regular expressions tell, over a text of all characters. */
import { Pacer } from "../../runtime/index.ts";
import { characterSet } from "./character-set.ts";
import type { CharacterSet } from "./character-set.ts";

/** Characters that are looked at in a row; half of a surrogate pair is none. */
const stretches: CharacterSet = [
  [0, 0xd7ff],
  [0xe000, 0xffff],
  ...Array.from({ length: 32 }, (_, i): [number, number] => {
    const first = 0x10000 + i * 0x8000;
    return [first, first + 0x7fff];
  }),
];

const known = new Map<string, CharacterSet>();

/** The characters that `source` matches, such as `\\p{L}`. Throws a SyntaxError for what JavaScript does not know. */
export function charactersWith(source: string): CharacterSet {
  const runs = new RegExp(`(?:${source})+`, "gu");
  let set = known.get(source);
  if (!set) {
    set = characterSet(stretches.flatMap((stretch) => matchesIn(stretch, runs)));
    known.set(source, set);
  }
  return set;
}

/** Finds the characters of every property that a regular expression names, so that parsing it holds up nobody. */
export async function findProperties(pattern: string): Promise<void> {
  const pacer = new Pacer();
  for (const [source] of pattern.matchAll(/\\[pP]\{[\w=]*\}/g)) {
    if (known.has(source) || !isKnown(source)) continue;
    const runs = new RegExp(`(?:${source})+`, "gu");
    const found: CharacterSet[] = [];
    for (const stretch of stretches) {
      found.push(matchesIn(stretch, runs));
      await pacer.rest();
    }
    known.set(source, characterSet(found.flat()));
  }
}

function isKnown(source: string): boolean {
  try {
    return new RegExp(source, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

const decoder = new TextDecoder("utf-16le");

function matchesIn([first, last]: readonly [number, number], runs: RegExp): CharacterSet {
  const unitsEach = first > 0xffff ? 2 : 1;
  const units = new Uint16Array((last - first + 1) * unitsEach);
  for (let code = first, at = 0; code <= last; code++) {
    if (unitsEach === 2) units[at++] = 0xd7c0 + (code >> 10);
    units[at++] = unitsEach === 2 ? 0xdc00 + (code & 0x3ff) : code;
  }
  return Array.from(decoder.decode(units).matchAll(runs), ({ 0: run, index }) => {
    const start = first + index / unitsEach;
    return [start, start + run.length / unitsEach - 1] as const;
  });
}
