/** A corpus as token ids, in memory or in a file, without ever holding its text. */
import { UserError } from "../errors.ts";
import { type Tokenizer, UnknownTextError } from "../tokenizer/index.ts";
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

interface EncodedPiece {
  readonly ids: Uint32Array;
  readonly sizeBytes: number;
}

async function* encodeDocument(
  document: TextDocument,
  tokenizer: Tokenizer,
): AsyncGenerator<EncodedPiece> {
  let rest = "";
  let offset = 0; // of the rest in the document
  let tried = 0; // length of the rest in which there was no place to cut
  for await (const { text, sizeBytes } of document.chunks()) {
    rest += text;
    // Only a rest that has doubled is searched again, so that all searches together stay linear.
    const isSearched = rest.length >= 2 * tried;
    const cut = isSearched ? tokenizer.cutPoint(rest) : 0;
    if (rest.length - cut > maxPieceLength) throw noPlaceToCut(document);
    yield { ids: encodeAt(rest.slice(0, cut), offset, document, tokenizer), sizeBytes };
    rest = rest.slice(cut);
    offset += cut;
    if (isSearched) tried = cut === 0 ? rest.length : 0;
  }
  yield { ids: encodeAt(rest, offset, document, tokenizer), sizeBytes: 0 };
}

function encodeAt(
  text: string,
  offset: number,
  { name }: TextDocument,
  tokenizer: Tokenizer,
): Uint32Array {
  try {
    return tokenizer.encode(text);
  } catch (error) {
    throw error instanceof UnknownTextError ? error.moved(name, offset) : error;
  }
}

function noPlaceToCut({ name }: TextDocument): UserError {
  return new UserError(
    `${name}: expected a space at least every ${maxPieceLength} characters, got none. ` +
      `Break its lines, or use a character tokenizer.`,
  );
}
