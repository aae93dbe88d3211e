/**
 * @file GPT-2's way of writing bytes as visible characters: a byte that is a visible Latin-1 character is that character, the others are
 * U+0100, U+0101 and so on. Byte-level vocabularies in `tokenizer.json` are spelled so.
 */

const isVisible = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

/** The character of each byte. */
export const byteCharacters: readonly string[] = listCharacters();

const noByte = -1;
const bytesByUnit = new Int16Array(0x144).fill(noByte);
byteCharacters.forEach((character, byte) => (bytesByUnit[character.charCodeAt(0)] = byte));

function listCharacters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isVisible(byte) ? byte : next++),
  );
}

/** The bytes that the characters stand for, or `undefined` if one of them stands for none. */
export function bytesOfCharacters(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const byte = bytesByUnit[text.charCodeAt(i)] ?? noByte;
    if (byte === noByte) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

/** The bytes as characters. */
export function charactersOfBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byteCharacters[byte];
  return text;
}
