/**
 * @file The small byte-pair tokenizer that the book's supplement builds, for those who follow it. It differs from `trainBytePair` and all
 * published ones: its first tokens are the characters U+0000 to U+00FF and those of the text, not bytes, so that other characters are
 * unknown; a space is written "Ġ"; of equally frequent pairs the one that comes first in the text is merged; and encoding joins whatever
 * it can from left to right, again and again, rather than in the order of the merges.
 */
import { UserError } from "../errors.ts";
import { SpecialTokens, type SpecialTokenOptions } from "./bpe/special-tokens.ts";
import { compareCodePoints, describeCodePoint } from "./code-points.ts";
import { MergeLearner } from "./training/merge-learner.ts";
import { UnknownTextError } from "./unknown-text-error.ts";

const space = "Ġ";
const numFirst = 256;

/** What is saved: tokens by id, and pairs of ids with the id that they become. */
export interface SimpleBpeVocabulary {
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [left: number, right: number, merged: number])[];
  readonly specialTokens: readonly string[];
}

export class SimpleBpeTokenizer {
  readonly vocabulary: SimpleBpeVocabulary;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #merged: ReadonlyMap<string, number>;
  readonly #special: SpecialTokens;

  constructor(vocabulary: SimpleBpeVocabulary) {
    this.vocabulary = vocabulary;
    this.#ids = new Map(vocabulary.tokens.map((token, id) => [token, id]));
    this.#merged = new Map(vocabulary.merges.map(([a, b, merged]) => [`${a} ${b}`, merged]));
    this.#special = new SpecialTokens(
      new Map(vocabulary.specialTokens.map((token) => [token, this.#ids.get(token)!])),
    );
  }

  /** Learns merges from the text until there are `vocabSize` tokens or no pairs. */
  static train(
    text: string,
    vocabSize: number,
    specialTokens: readonly string[] = ["<|endoftext|>"],
  ): SimpleBpeTokenizer {
    const words = wordsOf(text);
    const first = Array.from({ length: numFirst }, (_, code) => String.fromCharCode(code));
    const own = [...new Set(words.join(""))].filter((character) => !first.includes(character));
    const characters = [...first, ...own.sort(compareCodePoints)];
    if (!characters.includes(space)) characters.push(space);
    const tokens = [...characters, ...specialTokens];
    const merges: [number, number, number][] = [];
    const learner = learnerOf(words, tokens, vocabSize);
    for (let merged = tokens.length; merged < vocabSize; merged++) {
      while (learner.needsPairs) for (const _ of learner.findPairs()); // without pauses
      const pair = learner.next();
      if (!pair) break;
      const { left, right } = pair;
      tokens.push(tokens[left] + tokens[right]);
      merges.push([left, right, merged]);
      learner.merge(merged);
    }
    return new SimpleBpeTokenizer({ tokens, merges, specialTokens });
  }

  get vocabSize(): number {
    return this.vocabulary.tokens.length;
  }

  /** Ids of the text; a special token in it is an error unless it is allowed. */
  encode(text: string, options: SpecialTokenOptions = {}): Uint32Array {
    const ids: number[] = [];
    let start = 0;
    for (const special of this.#special.find(text, options)) {
      ids.push(...this.#encodeOrdinary(text.slice(start, special.start)));
      ids.push(this.#special.ids.get(special.token)!);
      start = special.start + special.token.length;
    }
    ids.push(...this.#encodeOrdinary(text.slice(start)));
    return Uint32Array.from(ids);
  }

  /** Text of the ids. */
  decode(ids: ArrayLike<number>): string {
    const tokens = Array.from(ids, (id) => this.vocabulary.tokens[id] ?? unknownId(id, this));
    return tokens.join("").replaceAll(space, " ");
  }

  #encodeOrdinary(text: string): number[] {
    return wordsOf(text).flatMap((word) => this.#ids.get(word) ?? this.#join(word, text));
  }

  #join(word: string, text: string): number[] {
    let ids = Array.from(word, (character) => {
      const id = this.#ids.get(character);
      if (id !== undefined) return id;
      const what = `character ${describeCodePoint(character.codePointAt(0)!)}`;
      throw new UnknownTextError(what, text.indexOf(character), "Train on text that has it.");
    });
    for (let before = Infinity; ids.length < before;) {
      before = ids.length;
      ids = this.#joinOnce(ids);
    }
    return ids;
  }

  #joinOnce(ids: readonly number[]): number[] {
    const joined: number[] = [];
    for (let i = 0; i < ids.length; i++) {
      const merged = this.#merged.get(`${ids[i]} ${ids[i + 1]}`);
      joined.push(merged ?? ids[i]);
      if (merged !== undefined) i++;
    }
    return joined;
  }
}

/** Words with the space before them; further spaces and each line break are words of their own. */
function wordsOf(text: string): string[] {
  const words = text.match(/[\r\n]| +(?= )| ?[^ \r\n]+| /g) ?? [];
  return words.flatMap((word) => {
    const written = word.replaceAll(" ", space);
    return word.trim() === "" ? [...written] : [written];
  });
}

function learnerOf(words: readonly string[], tokens: readonly string[], vocabSize: number) {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const distinct = [...counts.keys()].map((word) =>
    Array.from(word, (character) => ids.get(character)!),
  );
  const starts = [0];
  for (const word of distinct) starts.push(starts.at(-1)! + word.length);
  const counted = {
    tokens: Uint32Array.from(distinct.flat()),
    numWords: distinct.length,
    starts: Uint32Array.from(starts),
    counts: [...counts.values()],
  };
  return new MergeLearner(counted, {
    vocabSize: Math.max(vocabSize, tokens.length),
    minFrequency: 1,
    ties: "first-seen",
  });
}

function unknownId(id: number, { vocabSize }: SimpleBpeTokenizer): never {
  throw new UserError(
    `decode: expected token ids from 0 to ${vocabSize - 1}, got ${id}. ` +
      `Use the tokenizer that the ids are from.`,
  );
}
