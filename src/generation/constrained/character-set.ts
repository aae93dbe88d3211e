/** @file Sets of characters, as ranges of code points that are sorted and do not touch. */

export type CharacterSet = readonly (readonly [first: number, last: number])[];

const lastCodePoint = 0x10ffff;

/** Sorts and joins ranges in any order. */
export function characterSet(ranges: CharacterSet): CharacterSet {
  const sorted = ranges.filter(([first, last]) => first <= last).sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** The set of the characters of a text. */
export function charactersOf(text: string): CharacterSet {
  return characterSet(
    Array.from(text, (character) => [character.codePointAt(0)!, character.codePointAt(0)!]),
  );
}

/** All characters that are not of the set; half of a surrogate pair is no character. */
export function complement(set: CharacterSet): CharacterSet {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [first, last] of [
    ...characterSet([...set, [0xd800, 0xdfff]]),
    [lastCodePoint + 1, 0],
  ]) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  return gaps;
}

/** The characters of `set` that are not of `other`. */
export function without(set: CharacterSet, other: CharacterSet): CharacterSet {
  return complement([...complement(set), ...other]);
}

/** The characters of both sets. */
export function intersection(a: CharacterSet, b: CharacterSet): CharacterSet {
  return without(a, complement(b));
}
