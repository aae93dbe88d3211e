/** @file Tokens such as `<|endoftext|>` that no ordinary text makes: which of them a text may contain, and where they are. */
import { UserError } from "../../errors.ts";

/** What is to be done about special tokens in a text; the same two choices as in tiktoken. */
export interface SpecialTokenOptions {
  /** Those that become their id; none by default. */
  readonly allowedSpecial?: "all" | Iterable<string>;
  /** Those that are an error; by default all that are not allowed. The rest is ordinary text. */
  readonly disallowedSpecial?: "all" | Iterable<string>;
  /** Whether ids are added that a published model wants around a text, such as the one that begins it; true by default, where there are such. */
  readonly addSpecialTokens?: boolean;
}

/** The same options, for more than one text: an iterable may be read only once. */
export function withLists(options: SpecialTokenOptions): SpecialTokenOptions {
  const { allowedSpecial, disallowedSpecial } = options;
  return {
    ...options,
    ...(allowedSpecial && { allowedSpecial: listed(allowedSpecial) }),
    ...(disallowedSpecial && { disallowedSpecial: listed(disallowedSpecial) }),
  };
}

function listed(tokens: "all" | Iterable<string>): "all" | readonly string[] {
  if (tokens === "all") return "all";
  if (typeof tokens === "object" && Symbol.iterator in tokens) return [...tokens];
  throw new UserError(
    `special tokens: expected "all" or a list of tokens, got ${JSON.stringify(tokens)}. Write ["<|endoftext|>"].`,
  );
}

/** A special token where none is allowed. */
export class SpecialTokenError extends UserError {
  readonly token: string;
  /** Where it starts, in UTF-16 units from the start of the text. */
  readonly offset: number;

  constructor(token: string, offset: number) {
    super(
      `encode: expected text without special tokens, got ${JSON.stringify(token)} at offset ${offset}. ` +
        `Allow it with allowedSpecial, or pass disallowedSpecial: [] to encode it as ordinary text.`,
    );
    this.token = token;
    this.offset = offset;
  }
}

/** The special tokens of a vocabulary, with their ids. */
export class SpecialTokens {
  readonly ids: ReadonlyMap<string, number>;
  readonly #names: readonly string[];
  readonly #prefix: string;
  readonly #longest: number;
  readonly #patterns = new Map<string, RegExp>();

  constructor(ids: ReadonlyMap<string, number>) {
    this.ids = ids;
    this.#names = [...ids.keys()];
    this.#prefix = this.#names.reduce(commonPrefix, this.#names[0] ?? "");
    this.#longest = this.#names.reduce((most, token) => Math.max(most, token.length), 0);
  }

  /** The allowed special tokens in the text, in order; throws for the first that is disallowed. */
  *find(text: string, options: SpecialTokenOptions): Generator<{ start: number; token: string }> {
    const { allowedSpecial = [], disallowedSpecial = "all" } = options;
    const allowed = this.#known(allowedSpecial);
    const listed = this.#known(disallowedSpecial);
    if (this.ids.size === 0 || !text.includes(this.#prefix)) return;
    const disallowed =
      disallowedSpecial === "all" ? this.#names.filter((name) => !allowed.includes(name)) : listed;
    for (const { 0: token, index } of matches(text, this.#patternOf(disallowed))) {
      throw new SpecialTokenError(token, index);
    }
    for (const { 0: token, index } of matches(text, this.#patternOf(allowed))) {
      yield { start: index, token };
    }
  }

  /** Whether a special token, perhaps one of which only the beginning is there, goes across `at`. */
  isAcross(text: string, at: number): boolean {
    for (let start = Math.max(0, at - this.#longest + 1); start < at; start++) {
      if (!startsAlike(text, start, this.#prefix)) continue;
      for (const token of this.#names) {
        if (start + token.length > at && startsAlike(text, start, token)) return true;
      }
    }
    return false;
  }

  #known(tokens: "all" | Iterable<string>): readonly string[] {
    const list = listed(tokens);
    if (list === "all") return this.#names;
    const unknown = list.find((token) => !this.ids.has(token));
    if (unknown === undefined) return list;
    throw new UserError(
      `special tokens: expected any of ${this.#names.slice(0, 8).join(", ")}, got ` +
        `${JSON.stringify(unknown)}. Use those of the vocabulary.`,
    );
  }

  #patternOf(names: readonly string[]): RegExp | undefined {
    if (names.length === 0) return undefined;
    const key = names.length === this.#names.length ? "all" : JSON.stringify(names);
    let pattern = this.#patterns.get(key);
    if (!pattern) {
      const longestFirst = [...names].sort((a, b) => b.length - a.length);
      pattern = new RegExp(longestFirst.map(escapePattern).join("|"), "g");
      this.#patterns.set(key, pattern);
    }
    return pattern;
  }
}

function matches(text: string, pattern: RegExp | undefined): Iterable<RegExpExecArray> {
  return pattern ? text.matchAll(pattern) : [];
}

/** Whether `text` from `start` on is `token`, or as much of it as there is. */
function startsAlike(text: string, start: number, token: string): boolean {
  return token.startsWith(text.slice(start, start + token.length));
}

function commonPrefix(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
