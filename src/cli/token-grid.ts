/** @file Tokens side by side, each above its id: coloured in turn, or with lines between where there are no colours. */
import { paint } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";
import { columnsOf, visibleText } from "./visible-text.ts";

export interface ShownToken {
  readonly id: number;
  readonly bytes: Uint8Array;
}

const backgrounds = ["bgCyan", "bgYellow", "bgGreen", "bgMagenta"] as const;
const newline = 0x0a;

/** Pairs of lines no wider than the terminal; a token that ends a line of the text ends one here. */
export function tokenGrid(
  tokens: readonly ShownToken[],
  terminal: Pick<Terminal, "hasColor" | "columns">,
): string {
  const between = terminal.hasColor ? " " : "│";
  const lines: string[] = [];
  let [texts, ids, used]: [string[], string[], number] = [[], [], 0];
  const flush = () => {
    if (texts.length > 0)
      lines.push(texts.join(between).trimEnd(), ids.join(between).trimEnd(), "");
    [texts, ids, used] = [[], [], 0];
  };
  tokens.forEach(({ id, bytes }, index) => {
    const shown = visibleText(bytes);
    const width = Math.max(columnsOf(shown), String(id).length);
    if (used + width > terminal.columns - 1) flush();
    const padding = " ".repeat(width - columnsOf(shown));
    const background = backgrounds[index % backgrounds.length];
    texts.push(paint(terminal, ["black", background], shown) + padding);
    ids.push(paint(terminal, "dim", String(id)) + " ".repeat(width - String(id).length));
    used += width + 1;
    if (bytes.at(-1) === newline) flush();
  });
  flush();
  return lines.slice(0, -1).join("\n");
}
