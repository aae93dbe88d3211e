/** @file tiktoken's own file format, `.tiktoken`: a line for each token, its bytes in base64, a space and its rank, which is its id. */
import { UserError } from "../../errors.ts";
import { TokenBytes } from "../bpe/token-bytes.ts";

/** Tokens of a `.tiktoken` file. */
export function readRankFile(text: string): TokenBytes {
  const tokens: Uint8Array[] = [];
  text.split("\n").forEach((line, i) => {
    if (line.trim() === "") return;
    const match = /^([A-Za-z0-9+/]+={0,2}) (\d+)\s*$/.exec(line);
    const bytes = match && bytesOfBase64(match[1]);
    if (!bytes || bytes.length === 0) throw badLine(i, line);
    if (tokens[Number(match[2])]) throw badLine(i, line, "an id that no line before has");
    tokens[Number(match[2])] = bytes;
  });
  return TokenBytes.from(Array.from(tokens));
}

/** Content of a `.tiktoken` file with these tokens. */
export function writeRankFile(tokens: TokenBytes): string {
  const lines: string[] = [];
  for (let id = 0; id < tokens.size; id++) {
    if (tokens.lengthOf(id) > 0) lines.push(`${base64OfBytes(tokens.bytesOf(id))} ${id}\n`);
  }
  return lines.join("");
}

function bytesOfBase64(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function base64OfBytes(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function badLine(
  index: number,
  line: string,
  expected = "a token in base64, a space and its rank",
): UserError {
  return new UserError(
    `tiktoken file, line ${index + 1}: expected ${expected}, got ${JSON.stringify(line.slice(0, 40))}. ` +
      `Check that it is a whole .tiktoken file.`,
  );
}
