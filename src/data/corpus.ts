/** Text to learn from: documents in a fixed order, each read in chunks, as often as one likes, never held as a whole. */

/** A piece of a document, cut between characters. */
export interface TextChunk {
  readonly text: string;
  /** How much of the source it took. */
  readonly sizeBytes: number;
  /** How much of that was a byte order mark, which is no text. */
  readonly markBytes?: number;
}

export interface TextDocument {
  /** What errors call it: a path. */
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * The text from its start, or from a byte on at which a character starts; a `UserError` where the source is not UTF-8
   * text.
   */
  chunks(fromByte?: number): AsyncIterable<TextChunk>;
}

export interface Corpus {
  readonly documents: readonly TextDocument[];
  readonly sizeBytes: number;
  /** Names of empty files that a pattern matched, which are no documents. */
  readonly skipped: readonly string[];
  /** Lets go of what was kept for it, such as a copy of standard input. */
  close(): Promise<void>;
}

export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface ReadOptions {
  /** Stops the work with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each chunk, and with `doneBytes === totalBytes` at the end. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

const chunkLength = 1 << 16; // UTF-16 units

/** A corpus of texts that are in memory already. */
export function textCorpus(...texts: readonly string[]): Corpus {
  const documents = texts.map((text, index) => textDocument(`text ${index + 1}`, text));
  return { documents, sizeBytes: totalSize(documents), skipped: [], async close() {} };
}

/** All text of a corpus in order, for work that does not mind where a document ends. */
export async function* corpusText(
  corpus: Corpus,
  { signal, onProgress }: ReadOptions = {},
): AsyncGenerator<string> {
  const totalBytes = corpus.sizeBytes;
  let doneBytes = 0;
  for (const document of corpus.documents) {
    for await (const chunk of document.chunks()) {
      signal?.throwIfAborted();
      yield chunk.text;
      doneBytes += chunk.sizeBytes;
      onProgress?.({ doneBytes, totalBytes });
    }
  }
}

export function totalSize(documents: readonly TextDocument[]): number {
  return documents.reduce((size, document) => size + document.sizeBytes, 0);
}

function textFromByte(text: string, fromByte: number): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(fromByte));
}

function textDocument(name: string, whole: string): TextDocument {
  const sizeOf = (part: string) => new TextEncoder().encode(part).length;
  return {
    name,
    sizeBytes: sizeOf(whole),
    async *chunks(fromByte = 0) {
      const text = fromByte === 0 ? whole : textFromByte(whole, fromByte);
      for (let start = 0; start < text.length;) {
        let end = start + chunkLength;
        const unit = text.charCodeAt(end - 1);
        if (unit >= 0xd800 && unit < 0xdc00) end++; // keep both halves of a character
        const part = text.slice(start, end);
        yield { text: part, sizeBytes: sizeOf(part) };
        start = end;
      }
    },
  };
}
