/** @file The first thing that happens to a text: added tokens are cut out, the rest is normalized, and cut once more where tokens are looked for after that. */
import { type AddedToken, TokenFinder } from "./added-tokens.ts";
import { normalize, type Normalizer } from "./normalizers.ts";

/** Text to be encoded, or an added token in its place. */
export interface Section {
  /** Normalized. */
  readonly text: string;
  readonly token: AddedToken | undefined;
  /** Whether it starts the whole text. */
  readonly isFirst: boolean;
  readonly origin: Origin;
}

/** Where a section is from: the text from `start` to `end` was normalized, and the section starts there at `at`. */
export interface Origin {
  readonly start: number;
  readonly end: number;
  readonly at: number;
  readonly normalizer: Normalizer;
}

export interface SectionOptions {
  /** Tokens that are ordinary text. */
  readonly skipped: ReadonlySet<string>;
  /** Whether text was before this one, so that nothing is put at its start. */
  readonly isContinued: boolean;
}

/** Cuts texts into sections. */
export class SectionCutter {
  readonly #normalizer: Normalizer;
  readonly #continued: Normalizer;
  readonly #raw: TokenFinder;
  readonly #normalized: TokenFinder;

  constructor(normalizer: Normalizer, tokens: readonly AddedToken[]) {
    this.#normalizer = normalizer;
    this.#continued = normalizer.filter(({ isAtStart }) => !isAtStart);
    this.#raw = new TokenFinder(finding(tokens, false, (content) => content));
    this.#normalized = new TokenFinder(
      finding(tokens, true, (content) => normalize(content, normalizer)),
    );
  }

  *cut(text: string, { skipped, isContinued }: SectionOptions): Generator<Section> {
    let start = 0;
    for (const found of this.#raw.find(text, skipped)) {
      yield* this.#plain(text, start, found.start, { skipped, isContinued });
      const origin = { start: found.start, end: found.end, at: 0, normalizer: [] };
      yield {
        text: text.slice(found.start, found.end),
        token: found.token,
        isFirst: false,
        origin,
      };
      start = found.end;
    }
    yield* this.#plain(text, start, text.length, { skipped, isContinued });
  }

  /** Whether an added token, perhaps one of which only the beginning is there, goes across `at`. */
  isAcross(text: string, at: number): boolean {
    return this.#raw.isAcross(text, at) || this.#normalized.isAcross(text, at);
  }

  *#plain(
    text: string,
    start: number,
    end: number,
    { skipped, isContinued }: SectionOptions,
  ): Generator<Section> {
    if (start === end) return;
    const isFirst = start === 0 && !isContinued;
    const raw = start === 0 && end === text.length ? text : text.slice(start, end);
    const normalizer = start === 0 && isContinued ? this.#continued : this.#normalizer;
    const normalized = normalize(raw, normalizer);
    const section = (from: number, to: number, token?: AddedToken): Section => ({
      text: from === 0 && to === normalized.length ? normalized : normalized.slice(from, to),
      token,
      isFirst: isFirst && from === 0,
      origin: { start, end, at: from, normalizer },
    });
    let done = 0;
    for (const found of this.#normalized.find(normalized, skipped)) {
      if (done < found.start) yield section(done, found.start);
      yield section(found.start, found.end, found.token);
      done = found.end;
    }
    if (done < normalized.length) yield section(done, normalized.length);
  }
}

function finding(
  tokens: readonly AddedToken[],
  isNormalized: boolean,
  spelling: (content: string) => string,
): (readonly [string, AddedToken])[] {
  return tokens
    .filter((token) => token.isNormalized === isNormalized)
    .map((token) => [spelling(token.content), token] as const);
}
