/** @file Text in which every character can be seen, and how many columns of a terminal it takes. */

const marks: Readonly<Record<string, string>> = {
  ...{ " ": "·", "\n": "⏎", "\r": "␍", "\t": "→", "\u007f": "␡" },
  ...{ "\u00a0": "⍽", "\u3000": "□", "\ufeff": "␣BOM" },
};

const unseen = /[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}\p{Cn}\p{Co}\p{Cs}]/u;

/** Bytes of a token as characters: spaces and controls have marks, and what is no whole character is `<e4>`. */
export function visibleText(bytes: Uint8Array): string {
  let shown = "";
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (length === 0) shown += `<${bytes[at].toString(16).padStart(2, "0")}>`;
    else shown += visible(utf8.decode(bytes.subarray(at, at + length)));
    at += Math.max(1, length);
  }
  return shown;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes of the character that starts at `at`, or 0 where none does. */
function characterLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + length > bytes.length) return 0;
  try {
    utf8.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}

function visible(character: string): string {
  if (Object.hasOwn(marks, character)) return marks[character];
  if (!unseen.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code); // ␀ … ␟
  return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Columns that a terminal gives to a text. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue; // drawn over the one before
    columns += wide.test(character) ? 2 : 1;
  }
  return columns;
}
