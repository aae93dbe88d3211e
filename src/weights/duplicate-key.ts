/** JSON.parse keeps the last of two equal keys without a word; in a weight file that would hide a tensor. */

/** No valid header nests deeper: header, tensor, list. */
const maxDepth = 3;

/**
 * The first key that an object of the JSON `text` holds twice, or undefined. Throws when the text nests deeper than
 * three levels or a string does not end; other mistakes are JSON.parse's to find.
 */
export function duplicateKey(text: string): string | undefined {
  const keysAtDepth: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") {
      if (keysAtDepth.length === maxDepth) throw new Error(`nested deeper than ${maxDepth} levels`);
      keysAtDepth.push(new Set());
    } else if (character === "}" || character === "]") {
      keysAtDepth.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (isFollowedByColon(text, end)) {
        const key = JSON.parse(text.slice(at, end)) as string;
        const keys = keysAtDepth.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** Index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  throw new Error("a string that does not end");
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (" \t\r\n".includes(text[at] ?? "x")) at++;
  return text[at] === ":";
}
