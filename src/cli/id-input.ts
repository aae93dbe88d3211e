/** @file Token ids as text, in the forms in which programs write them. */
import { UserError } from "../errors.ts";

const separators = new Set("[], \t\r\n".split("").map((character) => character.charCodeAt(0)));
const [zero, nine, opening, closing] = [0x30, 0x39, 0x5b, 0x5d];
const greatestId = 0xffff_ffff;

/**
 * Ids from the bytes of a JSON array, or of numbers with spaces, commas or new lines between, a list for each piece of
 * input. What is no whole number, a list in a list or one without an end is a UserError that says where.
 */
export async function* readIds(
  name: string,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<number[]> {
  let value = -1; // of the number that is being read; none is
  let isInList = false;
  let offset = 0;
  for await (const bytes of pieces) {
    const ids: number[] = [];
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte >= zero && byte <= nine) {
        value = Math.max(value, 0) * 10 + byte - zero;
        if (value > greatestId) throw notAnId(name, String(value), offset + at);
      } else if (separators.has(byte)) {
        if (value >= 0) ids.push(value);
        value = -1;
        if (byte !== opening && byte !== closing) continue;
        if (isInList === (byte === opening)) throw notAnId(name, bracketOf(byte), offset + at);
        isInList = byte === opening;
      } else throw notAnId(name, bytesAsText(bytes.subarray(at, at + 12)), offset + at);
    }
    offset += bytes.length;
    if (ids.length > 0) yield ids;
  }
  if (isInList) throw notAnId(name, 'no "]"', offset);
  if (value >= 0) yield [value];
}

function bracketOf(byte: number): string {
  return byte === opening ? '"[" within a list' : '"]" without a list';
}

function bytesAsText(bytes: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(bytes));
}

function notAnId(name: string, got: string, offset: number): UserError {
  return new UserError(
    `${name}: expected token ids, got ${got} at byte ${offset}. Write whole numbers, as [15496, 995] or 15496 995.`,
  );
}
