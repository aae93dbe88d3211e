import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { Utf8Reader } from "./utf8.ts";

function readInPieces(bytes: Uint8Array, size: number): string {
  const reader = new Utf8Reader("a.txt");
  let text = "";
  for (let at = 0; at < bytes.length; at += size)
    text += reader.read(bytes.subarray(at, at + size));
  reader.end();
  return text;
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
const size = fc.integer({ min: 1, max: 7 });

test("any text comes through, however its bytes are cut", () => {
  fc.assert(
    fc.property(text, size, (text, size) => {
      fc.pre(!text.startsWith("\ufeff"));
      expect(readInPieces(new TextEncoder().encode(text), size)).toBe(text);
    }),
  );
});

test("a mark at the very start is dropped, a later one is a character", () => {
  const bytes = new TextEncoder().encode("\ufeff\ufeffa\ufeffb");
  for (const size of [1, 2, 3, 4, 100]) expect(readInPieces(bytes, size)).toBe("\ufeffa\ufeffb");
});

test("bytes are refused exactly when the platform's decoder refuses them", () => {
  const byte = fc.oneof(
    fc.integer({ min: 1, max: 255 }),
    fc.constantFrom(0xc3, 0xe2, 0x82, 0xac, 0xf0, 0x9f),
  );
  fc.assert(
    fc.property(fc.uint8Array({ max: 255 }), fc.array(byte), size, (any, likely, size) => {
      for (const bytes of [any.filter(Boolean), Uint8Array.from(likely)]) {
        if (bytes[0] >= 0xfe) continue; // UTF-16 has its own error
        let offset = -1;
        try {
          readInPieces(bytes, size);
        } catch (error) {
          offset = Number(/offset (\d+)/.exec((error as UserError).message)?.[1]);
        }
        expect(isUtf8(bytes)).toBe(offset === -1);
        if (offset === -1) continue;
        // All before the offset is text, and nothing that starts at the offset is.
        expect(isUtf8(bytes.subarray(0, offset))).toBe(true);
        for (const length of [1, 2, 3, 4]) {
          if (offset + length > bytes.length) break;
          expect(isUtf8(bytes.subarray(offset, offset + length))).toBe(false);
        }
      }
    }),
    { numRuns: 500 },
  );
});

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

// Offsets: `start` of the UnicodeDecodeError that Python 3 raises for the same bytes.
test.each([
  ["a byte that starts nothing", bytes(0x61, 0xff, 0x62), 1],
  ["Latin-1", bytes(0x63, 0x61, 0x66, 0xe9, 0x20), 3],
  ["half of a UTF-16 pair", bytes(0x61, 0x62, 0xed, 0xa0, 0x80), 2],
  ["a longer form than need be", bytes(0xe0, 0x80, 0xaf), 0],
  ["a character above U+10FFFF", bytes(0x61, 0xf4, 0x90, 0x80, 0x80), 1],
  ["a file that stops inside a character", bytes(0x61, 0x62, 0x63, 0xf0, 0x9f, 0x90), 3],
])("%s is an error that names the byte", (_what, bytes, offset) => {
  for (const size of [1, 2, 3, 100]) {
    expect(() => readInPieces(bytes, size)).toThrow(
      `a.txt: expected UTF-8 text, got an invalid byte sequence at byte offset ${offset}. Convert`,
    );
  }
});

test("a zero byte is an error that names its place", () => {
  for (const size of [1, 2, 100]) {
    expect(() => readInPieces(bytes(0x61, 0x62, 0x63, 0, 0x64), size)).toThrow(
      "a.txt: expected text, got a zero byte at offset 3, so it is a binary file.",
    );
  }
});

test("UTF-16 is recognised", () => {
  expect(() => readInPieces(bytes(0xff, 0xfe, 0x61, 0), 100)).toThrow(
    "got UTF-16. Convert the file",
  );
  expect(() => readInPieces(bytes(0xfe, 0xff, 0, 0x61), 100)).toThrow(
    "got UTF-16. Convert the file",
  );
});
