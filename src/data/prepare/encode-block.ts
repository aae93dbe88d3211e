/** @file The ids of one block, and what is wrong with its text in terms of the source. */
import { UserError } from "../../errors.ts";
import { UnknownTextError } from "../../tokenizer/index.ts";
import type { Block } from "./blocks.ts";
import { documentsIn, LineError } from "./documents.ts";

export interface EncodedBlock {
  readonly ids: Uint32Array;
  /** Documents that end in the block. */
  readonly numDocuments: number;
}

/** Encodes the documents of a block, each with `separator` behind its end. */
export async function encodeBlock(
  block: Block,
  encodeTexts: (texts: readonly string[]) => Promise<Uint32Array[]>,
  separator: ArrayLike<number>,
): Promise<EncodedBlock> {
  try {
    const parts = documentsIn(block, block.form);
    const encoded = await encodeTexts(parts.map(({ text }) => text));
    const numDocuments = parts.filter(({ isLast }) => isLast).length;
    return { ids: joined(encoded, parts, separator), numDocuments };
  } catch (error) {
    throw located(error, block);
  }
}

function joined(
  encoded: readonly Uint32Array[],
  parts: readonly { readonly isLast: boolean }[],
  separator: ArrayLike<number>,
): Uint32Array {
  const numEnds = parts.filter(({ isLast }) => isLast).length;
  if (encoded.length === 1 && numEnds === 0) return encoded[0];
  const length = encoded.reduce((sum, ids) => sum + ids.length, numEnds * separator.length);
  const all = new Uint32Array(length);
  let at = 0;
  encoded.forEach((ids, index) => {
    all.set(ids, at);
    at += ids.length;
    if (!parts[index].isLast) return;
    all.set(separator, at);
    at += separator.length;
  });
  return all;
}

/** What went wrong, in terms of the source. */
function located(error: unknown, { name, byte, text }: Block): unknown {
  if (error instanceof LineError) {
    const place = byte + Buffer.byteLength(text.slice(0, error.offset));
    const line = text.slice(error.offset).split("\n", 1)[0];
    return new UserError(
      `${name}: expected ${error.expected} in the line at byte ${place}, got ${quoted(line)}. ` +
        `Mend the line, or say what the file is with --format and --field.`,
    );
  }
  if (!(error instanceof UnknownTextError)) return error;
  return new UserError(
    `${name}: expected text of the vocabulary from byte ${byte} on, got unknown ${error.what}. ${error.advice}`,
  );
}

function quoted(line: string): string {
  return JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line);
}
