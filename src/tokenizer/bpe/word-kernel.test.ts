/** @file The kernel in WebAssembly gives the ids of the encoder in JavaScript, which takes its place where it may not run. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { loadEncoding } from "../openai/load-encoding.ts";
import { BytePairTokenizer } from "./byte-pair-tokenizer.ts";
import { WordKernel } from "./word-kernel.ts";
import { wordKernelProgram } from "./word-kernel-program.ts";

const plain = { disallowedSpecial: [] };
const kinds = fc.constantFrom(
  ..." \n\r\taAbsSzZ12'\"!/_.-\u0301\u017f\u00bd\u3000\ufeff\x85\0字é👍",
  "'LL",
  "    ",
);
const text = fc
  .array(fc.oneof({ weight: 4, arbitrary: kinds }, fc.string({ unit: "binary", maxLength: 2 })), {
    maxLength: 60,
  })
  .map((parts) => parts.join(""));

afterEach(() => vi.unstubAllGlobals());

test("the program is what its source compiles to", () => {
  const compile = fileURLToPath(new URL("../../../build/word-kernel/compile.mjs", import.meta.url));
  const printed = execFileSync(process.execPath, [compile], { encoding: "utf8" });
  expect(readFileSync(new URL("word-kernel-program.ts", import.meta.url), "utf8")).toBe(printed);
  expect(wordKernelProgram.length / 2).toBeLessThan(4096); // what older browsers compile without a promise
});

describe.each(["gpt2", "p50k_base", "cl100k_base", "o200k_base"] as const)("%s", async (name) => {
  const encoding = await loadEncoding(name);
  const { parts } = encoding;
  const strange = { ...parts, scanner: { ...parts.scanner } }; // a scanner that the kernel does not know
  const inJavaScript = new BytePairTokenizer(strange);

  test("has a kernel, and with a scanner of one's own none", () => {
    expect(WordKernel.for(parts)).toBeDefined();
    expect(WordKernel.for(strange)).toBeUndefined();
  });

  test("any text has the same ids, and the same number of them within a limit", () => {
    const law = fc.property(text, fc.nat(30), (text, limit) => {
      expect(encoding.encode(text, plain)).toEqual(inJavaScript.encode(text, plain));
      expect(encoding.isWithinLimit(text, limit)).toBe(inJavaScript.isWithinLimit(text, limit));
    });
    fc.assert(law, { numRuns: 2000 });
  });

  test.each([1, 15, 16, 17, 95, 96, 97, 98, 1000, 5000])("so have pieces of %i units", (n) => {
    const pieces = ["a", " ", "-", "\n", "字", "é", "A", "zq"].map((unit) => unit.repeat(n));
    for (const text of [
      ...pieces,
      pieces.join(""),
      pieces.map((piece) => `x${piece}y`).join(" "),
    ]) {
      expect(encoding.encode(text, plain)).toEqual(inJavaScript.encode(text, plain));
    }
  });
});

test.each([
  [
    "forbids WebAssembly",
    {
      Module: class {
        constructor() {
          throw new Error("policy");
        }
      },
    },
  ],
  ["has none", undefined],
])("a place that %s has the same ids", async (_what, stub) => {
  const expected = (await loadEncoding("o200k_base")).encode("Every effort moves you, 字.");
  vi.resetModules();
  vi.stubGlobal("WebAssembly", stub);
  const there = await import("../openai/load-encoding.ts");
  const kernels = await import("./word-kernel.ts");
  const encoding = await there.loadEncoding("o200k_base");
  expect(kernels.WordKernel.for(encoding.parts)).toBeUndefined();
  expect(encoding.encode("Every effort moves you, 字.")).toEqual(expected);
});
