/** A corpus as token ids, in memory or in a file, without ever holding its text. */
import { UserError } from "../errors.ts";
import { type SpecialTokenOptions, type Tokenizer, UnknownTextError } from "../tokenizer/index.ts";
import type { Corpus, ReadOptions, TextDocument } from "./corpus.ts";
import { MemoryTokenSink, type OpenTokenSource, type TokenSink } from "./token-source.ts";

export interface EncodeOptions extends ReadOptions {
  /** Where the ids go (default: memory). */
  readonly sink?: TokenSink;
  /** Ids put after each document, such as an end-of-text token (default: none, documents run on). */
  readonly separator?: ArrayLike<number>;
}

const busyMs = 20; // then the event loop gets a turn, so that it never waits for 50
const maxPieceLength = 1 << 22; // UTF-16 units: memory for text that cannot be cut is bounded

/**
 * Encodes all documents in order. Progress counts the bytes of the text. When anything fails, the sink is discarded:
 * an unknown character or word is an error that names its document.
 */
export async function encodeCorpus(
  corpus: Corpus,
  tokenizer: Tokenizer,
  options: EncodeOptions = {},
): Promise<OpenTokenSource> {
  const sink = options.sink ?? new MemoryTokenSink(tokenizer.vocabSize);
  const separator = Uint32Array.from(options.separator ?? []);
  const { signal, onProgress } = options;
  let doneBytes = 0;
  try {
    let turnStart = performance.now();
    for (const document of corpus.documents) {
      for await (const { ids, sizeBytes } of encodeDocument(document, tokenizer)) {
        signal?.throwIfAborted();
        await sink.write(ids);
        doneBytes += sizeBytes;
        onProgress?.({ doneBytes, totalBytes: corpus.sizeBytes });
        if (performance.now() - turnStart > busyMs) {
          await new Promise((resolve) => setTimeout(resolve));
          turnStart = performance.now();
        }
      }
      await sink.write(separator);
    }
    return await sink.finish();
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

export interface EncodedPiece {
  readonly ids: Uint32Array;
  /** How much of the source was read for it. */
  readonly sizeBytes: number;
}

/** For text to train on: nothing in it is special, and nothing comes around it. */
export const ordinaryText: SpecialTokenOptions = { disallowedSpecial: [], addSpecialTokens: false };

/**
 * Ids of a document in pieces: joined, they are those of the whole text. What looks like a special token in it is text like
 * any other.
 */
export async function* encodeDocument(
  document: Pick<TextDocument, "name" | "chunks">,
  tokenizer: Tokenizer,
): AsyncGenerator<EncodedPiece> {
  const encode = (text: string, at: number) => {
    try {
      return tokenizer.encode(text, ordinaryText);
    } catch (error) {
      throw error instanceof UnknownTextError ? error.moved(document.name, at) : error;
    }
  };
  let rest = "";
  let offset = 0; // of the rest in the document
  let tried = 0; // length of the rest in which there was no place to cut
  for await (const { text, sizeBytes } of document.chunks()) {
    rest += text;
    // Only a rest that has doubled is searched again, so that all searches together stay linear.
    const isSearched = rest.length >= 2 * tried;
    const cut = isSearched ? tokenizer.cutPoint(rest) : 0;
    if (rest.length - cut > maxPieceLength) throw noPlaceToCut(document);
    yield { ids: encode(rest.slice(0, cut), offset), sizeBytes };
    rest = rest.slice(cut);
    offset += cut;
    if (isSearched) tried = cut === 0 ? rest.length : 0;
  }
  yield { ids: encode(rest, offset), sizeBytes: 0 };
}

function noPlaceToCut({ name }: Pick<TextDocument, "name">): UserError {
  return new UserError(
    `${name}: expected a space at least every ${maxPieceLength} characters, got none. ` +
      `Break its lines, or use a character tokenizer.`,
  );
}
