/**
 * @file How vocabulary files write bytes: a byte that is a visible character of Latin-1 as that character, the other 68 as the characters
 * from U+0100 on. The ids of single bytes follow the order of these characters.
 */

const isVisible = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);

/** The character of each byte, `(256,)`. */
export const byteCharacters: readonly string[] = characters();

/** Bytes in the order of their characters: GPT-2's ids 0 to 255. */
export const orderedBytes: readonly number[] = [...byteCharacters.keys()].sort(
  (a, b) => byteCharacters[a].charCodeAt(0) - byteCharacters[b].charCodeAt(0),
);

const bytes = new Map(byteCharacters.map((character, byte) => [character, byte]));

/** The bytes that a token written in byte characters stands for. */
export function bytesOfName(name: string): Uint8Array {
  return Uint8Array.from(name, (character) => bytes.get(character)!);
}

function characters(): string[] {
  let free = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isVisible(byte) ? byte : free++),
  );
}
