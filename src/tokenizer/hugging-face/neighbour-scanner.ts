/**
 * @file SentencePiece-style vocabularies merge the characters of a whole document. Where two neighbouring characters stand side by side in
 * no token that a merge makes, no merge ever joins them: the text may be cut there and the ids stay the same. So a document falls into
 * words, which are remembered, and nothing is quadratic.
 */
import { codePointAt } from "../bpe/character-class.ts";
import type { PieceCutter } from "../bpe/scanner.ts";
import { fallbackIds } from "./character-symbols.ts";
import type { BytePairModel } from "./model.ts";

const mostCharacters = 0xffff; // so that a pair of their numbers fits into 32 bits; 0 stands for all others
const multiplier = 0x9e3779b1;

/** A scanner between whose pieces the model never merges; `known` has the ids of single characters. */
export function neighbourScanner(model: BytePairModel, known: Int32Array): PieceCutter {
  const numbers = numberCharacters(known);
  const pairs = numbers && pairsInTokens(model, numbers);
  if (!numbers || !pairs) return wholeText;
  const { cutsAtUnknown, cutsBetweenUnknown } = unknownCuts(model);

  function isCut(left: number, right: number): boolean {
    const a = numbers![left] ?? 0;
    const b = numbers![right] ?? 0;
    if (a !== 0 && b !== 0) return !pairs!.has((a << 16) | b);
    return a === b ? cutsBetweenUnknown : cutsAtUnknown;
  }

  return {
    pieceEnd(bytes, start, end) {
      let character = codePointAt(bytes, start);
      let at = start + (character & 7);
      while (at < end) {
        const next = codePointAt(bytes, at);
        if (isCut(character >> 3, next >> 3)) return at;
        character = next;
        at += next & 7;
      }
      return end;
    },
    cutPoint(text, from, to) {
      for (let at = to - 1; at > from; at--) {
        const isPair = isSurrogate(text, at) || isSurrogate(text, at - 1);
        if (!isPair && isCut(text.charCodeAt(at - 1), text.charCodeAt(at))) return at;
      }
      return from;
    },
  };
}

/** Everything is one piece. */
export const wholeText: PieceCutter = {
  pieceEnd: (_bytes, _start, end) => end,
  cutPoint: (_text, from) => from,
};

function isSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** By code point, a number from 1 for each known character; `undefined` if there are too many. */
function numberCharacters(known: Int32Array): Uint16Array | undefined {
  const numbers = new Uint16Array(known.length);
  let count = 0;
  for (let codePoint = 0; codePoint < known.length; codePoint++) {
    if (known[codePoint] < 0) continue;
    if (++count > mostCharacters) return undefined;
    numbers[codePoint] = count;
  }
  return numbers;
}

/** Pairs of neighbours in the tokens that merges make. */
function pairsInTokens({ merges, spellings }: BytePairModel, numbers: Uint16Array): IntegerSet {
  const pairs = new IntegerSet();
  const isSeen = new Uint8Array(spellings.length);
  for (const id of merges.merged) {
    if (isSeen[id]) continue;
    isSeen[id] = 1;
    let last = 0;
    for (const character of spellings[id] ?? "") {
      const number = numbers[character.codePointAt(0) ?? 0] ?? 0;
      if (last !== 0 && number !== 0) pairs.add((last << 16) | number);
      last = number;
    }
  }
  return pairs;
}

/** Unknown characters stay with their neighbours if a merge takes their tokens, and with each other if they become one. */
function unknownCuts(model: BytePairModel): {
  cutsAtUnknown: boolean;
  cutsBetweenUnknown: boolean;
} {
  const fallback = fallbackIds(model);
  const special = new Set(fallback);
  if (model.unknownId !== undefined) special.add(model.unknownId);
  const { lefts, rights } = model.merges;
  const areMerged = lefts.some((id) => special.has(id)) || rights.some((id) => special.has(id));
  const areBytes = !fallback.includes(-1);
  return { cutsAtUnknown: !areMerged, cutsBetweenUnknown: !areMerged && areBytes };
}

/** 32-bit integers other than 0, by open addressing. */
class IntegerSet {
  #slots = new Int32Array(1024);
  #size = 0;
  #shift = 22;

  has(value: number): boolean {
    return this.#slots[this.#slotOf(value)] === value;
  }

  add(value: number): void {
    const slot = this.#slotOf(value);
    if (this.#slots[slot] === value) return;
    this.#slots[slot] = value;
    if (++this.#size * 2 > this.#slots.length) this.#grow();
  }

  #slotOf(value: number): number {
    const slots = this.#slots;
    let slot = Math.imul(value, multiplier) >>> this.#shift;
    while (slots[slot] !== 0 && slots[slot] !== value) slot = (slot + 1) & (slots.length - 1);
    return slot;
  }

  #grow(): void {
    const values = this.#slots.filter((value) => value !== 0);
    this.#slots = new Int32Array(2 * this.#slots.length);
    this.#shift--;
    this.#size = 0;
    for (const value of values) this.add(value);
  }
}
