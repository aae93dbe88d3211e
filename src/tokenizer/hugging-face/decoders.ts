/** @file Decoders of a `tokenizer.json`: how the spellings of tokens become text again. Each goes over the whole list; what is left is joined. */
import { bytesOfCharacters } from "./byte-characters.ts";
import { type Fields, readComponent, type Readers } from "./fields.ts";
import { readPattern } from "./patterns.ts";

/** One step of decoding. */
export interface Decoder {
  readonly apply: (tokens: readonly string[]) => string[];
  /** What becomes of a token inside a text, where it does not depend on its neighbours. */
  readonly inside?: (token: string) => string;
  /** The byte that a token stands for. */
  readonly byteOf?: (token: string) => number | undefined;
  /** Whether it joins the bytes that tokens are spelled in. */
  readonly isByteLevel?: boolean;
}

function inside(replace: (token: string) => string): Decoder {
  return { apply: (tokens) => tokens.map(replace), inside: replace };
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const strictUtf8 = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
const encoder = new TextEncoder();
const byteToken = /^<0x([0-9a-fA-F]{2})>$/;

const readers: Readers<Decoder[]> = {
  Sequence: (fields) =>
    fields
      .list("decoders")
      .flatMap((json, i) => readComponent(json, `${fields.where}: decoders[${i}]`, readers)),
  ByteLevel: (fields) => {
    // They concern the pre-tokenizer of the same name.
    for (const name of ["add_prefix_space", "trim_offsets", "use_regex"]) fields.take(name);
    return [{ apply: decodeByteCharacters, isByteLevel: true }];
  },
  ByteFallback: () => [{ apply: decodeByteTokens, byteOf: byteOfToken }],
  Fuse: () => [{ apply: (tokens) => [tokens.join("")] }],
  Replace: (fields) => {
    const pattern = readPattern(fields);
    const content = fields.string("content");
    return [inside((token) => token.replace(pattern, () => content))];
  },
  Strip: readStrip,
  Metaspace: readMetaspace,
  WordPiece: readWordPiece,
};

function decodeByteCharacters(tokens: readonly string[]): string[] {
  const parts = tokens.map((token) => bytesOfCharacters(token) ?? encoder.encode(token));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return [utf8.decode(bytes)];
}

/** The byte that a token such as `<0x0A>` stands for. */
export function byteOfToken(token: string): number | undefined {
  const digits = byteToken.exec(token)?.[1];
  return digits === undefined ? undefined : parseInt(digits, 16);
}

/** Byte tokens in a row are characters; if they are not UTF-8, each is U+FFFD. */
function decodeByteTokens(tokens: readonly string[]): string[] {
  const decoded: string[] = [];
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0) decoded.push(textOf(Uint8Array.from(bytes)));
    bytes = [];
  };
  for (const token of tokens) {
    const byte = byteOfToken(token);
    if (byte !== undefined) bytes.push(byte);
    else {
      flush();
      decoded.push(token);
    }
  }
  flush();
  return decoded;
}

function textOf(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return "\ufffd".repeat(bytes.length);
  }
}

function readStrip(fields: Fields): Decoder[] {
  const content = fields.string("content");
  const start = fields.count("start");
  const stop = fields.count("stop");
  const strip = (token: string) => {
    let from = 0;
    let to = token.length;
    for (let i = 0; i < start && token.startsWith(content, from); i++) from += content.length;
    for (let i = 0; i < stop && to > from && token.endsWith(content, to); i++) to -= content.length;
    return token.slice(from, to);
  };
  return [{ apply: (tokens) => tokens.map(strip) }];
}

function readMetaspace(fields: Fields): Decoder[] {
  const mark = fields.string("replacement");
  const addsPrefix = fields.boolean("add_prefix_space", true);
  const scheme = fields.string("prepend_scheme", addsPrefix ? "always" : "never");
  for (const name of ["str_rep", "split"]) fields.take(name); // concern the pre-tokenizer of the same name
  const first = scheme === "never" ? " " : "";
  return [
    {
      apply: (tokens) => tokens.map((token, i) => token.replaceAll(mark, i === 0 ? first : " ")),
      inside: (token) => token.replaceAll(mark, " "),
    },
  ];
}

function readWordPiece(fields: Fields): Decoder[] {
  const prefix = fields.string("prefix", "##");
  if (fields.boolean("cleanup", true)) fields.unsupported("a WordPiece clean-up", ["none"]);
  const inside = (token: string) =>
    token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
  return [
    { apply: (tokens) => tokens.map((token, i) => (i === 0 ? token : inside(token))), inside },
  ];
}

/** The decoder that a JSON value describes; without one, tokens are joined by spaces. */
export function readDecoder(json: unknown): Decoder[] {
  if (json === null || json === undefined) {
    return [{ apply: (tokens) => [tokens.join(" ")], inside: (token) => ` ${token}` }];
  }
  return readComponent(json, "tokenizer.json: decoder", readers);
}

/** The text that the tokens spell. */
export function decodeTokens(tokens: readonly string[], decoders: readonly Decoder[]): string {
  return decoders.reduce((list, { apply }) => apply(list), [...tokens]).join("");
}
