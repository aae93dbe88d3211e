/**
 * The front of a token file: 8 bytes of magic, the format's version and the header's length (uint32, little-endian),
 * then JSON padded with spaces. Readers go by the length, and ignore JSON fields they do not know, so both may grow.
 * The ids follow as little-endian uint16 or uint32.
 */
import { UserError } from "../errors.ts";

export interface TokenFileHeader {
  readonly dtype: "uint16" | "uint32";
  /** Number of ids in this file. */
  readonly tokenCount: number;
  /** All ids are below it. */
  readonly vocabSize: number;
  readonly tokenizer: TokenizerIdentity;
}

/** What tells tokenizers apart: the hash of their `tokenizer.json`; the name is for messages. */
export interface TokenizerIdentity {
  readonly name: string;
  readonly sha256: string;
}

const magic = "SLMTOKEN";
const version = 1;
const fixedBytes = 16;

/** Length of the headers we write: room for fields to come, and ids that start at a page. */
export const headerBytes = 4096;

/** Length up to which headers are read: a later version may write longer ones. */
export const maxHeaderBytes = 1 << 16;

/** Bytes that one id takes. */
export function bytesPerToken({ dtype }: Pick<TokenFileHeader, "dtype">): number {
  return dtype === "uint16" ? 2 : 4;
}

export function writeHeader(header: TokenFileHeader): Uint8Array {
  const bytes = new Uint8Array(headerBytes).fill(0x20);
  const view = new DataView(bytes.buffer);
  const encoder = new TextEncoder();
  encoder.encodeInto(magic, bytes);
  view.setUint32(8, version, true);
  view.setUint32(12, headerBytes, true);
  const { read } = encoder.encodeInto(JSON.stringify(header), bytes.subarray(fixedBytes));
  if (read < JSON.stringify(header).length) throw new RangeError("token file: header too long");
  return bytes;
}

/** The header and where the ids start, from the first `maxHeaderBytes` of a file, or all there are. */
export function readHeader(
  path: string,
  bytes: Uint8Array,
): { readonly header: TokenFileHeader; readonly start: number } {
  const text = new TextDecoder();
  if (bytes.length < fixedBytes || text.decode(bytes.subarray(0, 8)) !== magic) {
    throw broken(path, "another kind of file", "Name a file that scratchlm prepared.");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = view.getUint32(8, true);
  if (found !== version) {
    throw broken(path, `format version ${found}, not ${version}`, "Prepare the text again.");
  }
  const start = view.getUint32(12, true);
  const header = parseHeader(text.decode(bytes.subarray(fixedBytes, start)));
  if (!header || start > bytes.length)
    throw broken(path, "a damaged header", "Prepare the text again.");
  return { header, start };
}

function parseHeader(json: string): TokenFileHeader | undefined {
  let header: Partial<TokenFileHeader>;
  try {
    header = JSON.parse(json);
  } catch {
    return undefined;
  }
  const { dtype, tokenCount, vocabSize, tokenizer } = header;
  const isComplete =
    (dtype === "uint16" || dtype === "uint32") &&
    Number.isSafeInteger(tokenCount) &&
    Number.isSafeInteger(vocabSize) &&
    typeof tokenizer?.name === "string" &&
    typeof tokenizer.sha256 === "string";
  return isComplete ? (header as TokenFileHeader) : undefined;
}

/** The error for a file that is no token file, or no longer one. */
export function broken(path: string, got: string, advice: string): UserError {
  return new UserError(`${path}: expected a token file, got ${got}. ${advice}`);
}
