/** @file A corpus in blocks that can be encoded one without the other, each with the place from which it is read again. */
import { UserError } from "../../errors.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Corpus, TextDocument } from "../corpus.ts";
import { type DocumentForm, placeToCut, type Stretch } from "./documents.ts";

/** A place in a corpus at which reading can begin. */
export interface Place {
  /** Index of the source in the corpus. */
  readonly source: number;
  readonly byte: number;
  /** Whether a document that began before goes on here. */
  readonly isInside: boolean;
}

export interface Block extends Place, Stretch {
  readonly name: string;
  readonly form: DocumentForm;
  readonly sizeBytes: number;
}

const blockLength = 1 << 19; // UTF-16 units: some 10 ms of work, so that several threads share even a small corpus
const maxBlockLength = 1 << 26; // where there is no place to cut

/** The blocks from a place on. `formOf` tells how a source divides into documents. */
export async function* blocksOf(
  corpus: Corpus,
  tokenizer: Pick<Tokenizer, "cutPoint">,
  formOf: (source: TextDocument) => DocumentForm,
  from: Place,
): AsyncGenerator<Block> {
  for (let source = from.source; source < corpus.documents.length; source++) {
    const start = source === from.source ? from : { source, byte: 0, isInside: false };
    const document = corpus.documents[source];
    yield* blocksOfSource(document, tokenizer, formOf(document), start);
  }
}

async function* blocksOfSource(
  document: TextDocument,
  tokenizer: Pick<Tokenizer, "cutPoint">,
  form: DocumentForm,
  from: Place,
): AsyncGenerator<Block> {
  const { name } = document;
  let { byte, isInside } = from;
  let rest = "";
  let readBytes = 0; // of the source, for the rest and what is before it
  let markBytes = 0; // of the source before the rest, but not in it
  let awaited = blockLength;
  for await (const chunk of document.chunks(from.byte)) {
    rest += chunk.text;
    readBytes += chunk.sizeBytes;
    markBytes += chunk.markBytes ?? 0;
    if (rest.length < awaited) continue;
    const { at, isClosed } = placeToCut(rest, form, (text) => tokenizer.cutPoint(text));
    if (at === 0) {
      if (rest.length > maxBlockLength) throw noPlaceToCut(name, form);
      awaited = 2 * rest.length; // so that all searches together stay linear
      continue;
    }
    const text = rest.slice(0, at);
    const sizeBytes = Buffer.byteLength(text) + markBytes;
    markBytes = 0;
    yield { source: from.source, byte, isInside, name, form, text, isClosed, sizeBytes };
    byte += sizeBytes;
    isInside = !isClosed;
    rest = rest.slice(at);
    awaited = blockLength;
  }
  const sizeBytes = from.byte + readBytes - byte;
  yield { source: from.source, byte, isInside, name, form, text: rest, isClosed: true, sizeBytes };
}

function noPlaceToCut(name: string, { field }: DocumentForm): UserError {
  const what = field === undefined ? "a space" : "a new line";
  return new UserError(
    `${name}: expected ${what} at least every ${maxBlockLength} characters, got none. Break its lines.`,
  );
}
