/** Text from UTF-8 bytes that come in pieces; what is not text is an error that names the byte. */
import { UserError } from "../errors.ts";

// A mark at the very start says only "UTF-8" and is dropped below; later ones are characters like any other.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const byteOrderMark = "\ufeff";

interface Utf8ReaderOptions {
  /** Whether a mark at the start is kept, and zero bytes are characters. */
  readonly isExact?: boolean;
  /** Where in the source the first byte is; 0 unless said. */
  readonly fromByte?: number;
}

/** Decodes one source from its first byte to its last. */
export class Utf8Reader {
  readonly #name: string;
  readonly #isExact: boolean;
  #held = new Uint8Array(0); // a character whose last bytes have not come yet
  #offset = 0; // of the first byte not yet decoded
  #isUtf16 = false;
  #atStart = true;
  #markBytes = 0;

  /** `name` is what errors call the source. */
  constructor(name: string, { isExact = false, fromByte = 0 }: Utf8ReaderOptions = {}) {
    this.#name = name;
    this.#isExact = isExact;
    this.#offset = fromByte;
    this.#atStart = fromByte === 0;
  }

  /** Bytes of the mark at the start that was left out: 3 or 0. */
  get markBytes(): number {
    return this.#markBytes;
  }

  /** Text of all whole characters so far; `piece` may be reused afterwards. */
  read(piece: Uint8Array): string {
    if (this.#offset === 0 && this.#held.length === 0) this.#isUtf16 = startsAsUtf16(piece);
    const bytes = this.#held.length > 0 ? joined(this.#held, piece) : piece;
    const end = endOfWholeCharacters(bytes);
    const text = this.#decode(bytes.subarray(0, end));
    this.#held = bytes.slice(end);
    this.#offset += end;
    return text;
  }

  /** Checks that the source did not stop inside a character. */
  end(): void {
    if (this.#held.length > 0) throw this.#invalid(this.#offset);
  }

  #decode(bytes: Uint8Array): string {
    const zero = this.#isExact ? -1 : bytes.indexOf(0);
    if (zero !== -1) throw this.#binary(this.#offset + zero);
    let text;
    try {
      text = decoder.decode(bytes);
    } catch {
      throw this.#invalid(this.#offset + firstInvalidByte(bytes));
    }
    if (this.#atStart && !this.#isExact && text.startsWith(byteOrderMark)) {
      text = text.slice(1);
      this.#markBytes = 3;
    }
    if (bytes.length > 0) this.#atStart = false;
    return text;
  }

  #binary(offset: number): UserError {
    if (this.#isUtf16) return this.#utf16();
    return new UserError(
      `${this.#name}: expected text, got a zero byte at offset ${offset}, so it is a binary file. ` +
        `Leave it out, or extract its text first.`,
    );
  }

  #invalid(offset: number): UserError {
    if (this.#isUtf16) return this.#utf16();
    return new UserError(
      `${this.#name}: expected UTF-8 text, got an invalid byte sequence at byte offset ${offset}. ` +
        `Convert the file, for example: iconv -f LATIN1 -t UTF-8`,
    );
  }

  #utf16(): UserError {
    return new UserError(
      `${this.#name}: expected UTF-8 text, got UTF-16. Convert the file: iconv -f UTF-16 -t UTF-8`,
    );
  }
}

function startsAsUtf16([a, b]: Uint8Array): boolean {
  return (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** Where a last, unfinished character starts, or the length. */
function endOfWholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back];
    if (byte >= 0xc0) return characterLength(byte) > back ? bytes.length - back : bytes.length;
    if (byte < 0x80) break;
  }
  return bytes.length;
}

function characterLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** Offset of the first byte that starts no valid character; the length when all are valid. */
function firstInvalidByte(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && isCharacter(bytes, at)) at += characterLength(bytes[at]);
  return at;
}

function isCharacter(bytes: Uint8Array, at: number): boolean {
  const lead = bytes[at];
  if (lead < 0x80) return true;
  if (lead < 0xc2 || lead > 0xf4) return false;
  const second = bytes[at + 1];
  if (lead === 0xe0 && second < 0xa0) return false; // longer than need be
  if (lead === 0xed && second > 0x9f) return false; // half of a UTF-16 pair
  if (lead === 0xf0 && second < 0x90) return false; // longer than need be
  if (lead === 0xf4 && second > 0x8f) return false; // above U+10FFFF
  for (let i = 1; i < characterLength(lead); i++) {
    if (!((bytes[at + i] & 0xc0) === 0x80)) return false;
  }
  return true;
}
