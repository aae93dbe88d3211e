/** @file Texts in characters rather than ids: sampling by options and seed, strings that end a text, constraints. */
import { Generator } from "../random/index.ts";
import { UserError } from "../errors.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Constraint } from "./constraint.ts";
import { Continuation } from "./continuation.ts";
import type { DecodedToken, DecodeRequest, FinishReason } from "./decode-request.ts";
import { samplerFrom } from "./sampling-options.ts";
import type { SamplingOptions } from "./sampling-options.ts";
import type { DecodeOptions, Decoder } from "./session.ts";
import { StopStrings } from "./stop-strings.ts";

export interface TextRequest
  extends Omit<DecodeRequest, "sample" | "prepare" | "isFinal">, SamplingOptions {
  /** The same seed, the same text, whatever is written beside it. */
  readonly seed: number;
  /** Strings that end the text; they are not part of it. */
  readonly stop?: readonly string[] | undefined;
  /** What the text is held to; it gives each text a constraint of its own. */
  readonly constraint?: { constraint(): Constraint } | undefined;
}

/** A piece of one of the texts. */
export interface WrittenPiece {
  /** Which of the requests it belongs to. */
  readonly request: number;
  /** What may be shown now: whole characters, and nothing that may turn out to be a string that ends the text. */
  readonly text: string;
  /** The token that brought it; none at the end. */
  readonly token?: DecodedToken;
  /** Why the text ended, with its last piece. */
  readonly finishReason?: FinishReason;
}

/** Writes a text for each request and yields it piece by piece; without a tokenizer there are tokens and no text. */
export async function* writeTexts(
  decoder: Decoder,
  tokenizer: Tokenizer | undefined,
  requests: readonly TextRequest[],
  options: DecodeOptions = {},
): AsyncGenerator<WrittenPiece> {
  const texts = requests.map((request) => new GrowingText(tokenizer, request));
  const decoded = decoder.decode(
    texts.map((text) => text.decodeRequest),
    options,
  );
  for await (const each of decoded) {
    const { request } = each;
    if ("id" in each) yield { request, text: texts[request].take(), token: each };
    else yield { request, text: texts[request].end(), finishReason: each.finishReason };
  }
}

/** `count` requests for one prompt, each with a seed of its own: what the second writes, `seed + 1` writes alone. */
export function severalOf(request: TextRequest, count: number): TextRequest[] {
  return Array.from({ length: count }, (_, i) => ({ ...request, seed: request.seed + i }));
}

class GrowingText {
  readonly decodeRequest: DecodeRequest;
  readonly #continuation: Continuation | undefined;
  readonly #stops: StopStrings;
  #shown = "";

  constructor(tokenizer: Tokenizer | undefined, request: TextRequest) {
    if (!tokenizer && request.stop && request.stop.length > 0) {
      throw new UserError(
        "stop: expected a tokenizer to find the text with, got none. Use token ids.",
      );
    }
    this.#continuation = tokenizer && new Continuation(tokenizer, request.prompt);
    this.#stops = new StopStrings(request.stop ?? []);
    const constraint = request.constraint?.constraint();
    const filters = constraint ? [constraint.filter] : [];
    this.decodeRequest = {
      ...request,
      sample: samplerFrom(request, new Generator(request.seed), filters),
      prepare: constraint?.prepare,
      isFinal: (text) => {
        this.#shown = this.#stops.add(this.#continuation?.add(text.ids.at(-1)!) ?? "");
        return this.#stops.isFound || (constraint?.isComplete(text) ?? false);
      },
    };
  }

  /** What the last token made showable. */
  take(): string {
    return this.#shown;
  }

  /** What was held back until the text ended. */
  end(): string {
    if (this.#stops.isFound) return "";
    return this.#stops.add(this.#continuation?.end() ?? "") + this.#stops.end();
  }
}
