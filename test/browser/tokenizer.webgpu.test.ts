/**
 * @file `scratchlm/tokenizer` as a page gets it: built, bundled as Vite does, and run in Chromium, whose ids must be Node's. In the suite `webgpu`, as that is the
 * one that may ask for Debian's Chromium.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadEncoding } from "../../src/tokenizer/index.ts";
import { root } from "../published-sources.ts";
import { answerOf, noChromium } from "./chromium.ts";

const texts = [
  "Every effort moves you",
  "don'T HTMLParser 12345 \t\r\n\n  x\u3000y\u00a0z // end/\n",
  "你好，世界。Русский e\u0301 'ſ \ufeff\x85 ½٣",
  "👩‍👩‍👧 half \ud83d pair <|endoftext|>",
  "-".repeat(300) + "a".repeat(5000) + " ".repeat(70),
];

/** What the page does, and Node to compare. */
const program = `
  import { loadEncoding } from "./dist/tokenizer/index.js";
  const encoding = await loadEncoding("o200k_base");
  const plain = { disallowedSpecial: [] };
  const texts = await (await fetch("/texts.json")).json();
  async function* later(pieces) { for (const piece of pieces) yield piece; }
  const answers = [];
  for (const text of texts) {
    const ids = [...encoding.encode(text, plain)];
    const streamed = [];
    for await (const part of encoding.encodeStream(later(text.match(/[^]{1,7}/g)), plain)) streamed.push(...part);
    answers.push({ ids, streamed, decoded: [...encoding.decodeStream(ids)].join("") });
  }
  let hasWebAssembly = true;
  try { new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)); } catch { hasWebAssembly = false; }
  await fetch("/answer", { method: "POST", body: JSON.stringify({ hasWebAssembly, answers }) });
`;

let folder = "";
const files: Record<string, string> = {
  "/index.html": `<!doctype html><title>tokenizer</title><script type="module" src="/page.js"></script>`,
  "/texts.json": JSON.stringify(texts),
};

beforeAll(async () => {
  if (noChromium) throw new Error(`no browser for this test: ${noChromium}`);
  folder = mkdtempSync(join(tmpdir(), "scratchlm-browser-"));
  execFileSync(process.execPath, [join(root, "build/build.mjs"), join(folder, "dist")]);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  symlinkSync(join(root, "package.json"), join(folder, "package.json"));
  writeFileSync(join(folder, "page.js"), program);
  const bundle = await rolldown({ input: join(folder, "page.js"), platform: "browser" });
  const { output } = await bundle.generate({ format: "es", minify: true });
  await bundle.close();
  for (const part of output) if (part.type === "chunk") files[`/${part.fileName}`] = part.code;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["a page", true, undefined],
  ["a page whose policy forbids WebAssembly", false, "default-src 'self'"],
])("%s has Node's ids, from streams too", async (_what, hasWebAssembly, policy) => {
  const encoding = await loadEncoding("o200k_base");
  const answers = texts.map((text) => {
    const ids = [...encoding.encode(text, { disallowedSpecial: [] })];
    return { ids, streamed: ids, decoded: encoding.decode(ids) };
  });
  const answer = await answerOf({ files, ...(policy && { policy }) });
  expect(answer).toEqual({ hasWebAssembly, answers });
});
