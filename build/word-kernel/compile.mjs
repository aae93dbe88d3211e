/**
 * @file Prints `src/tokenizer/bpe/word-kernel-program.ts`, which is committed so that the source runs without a build; a test says when it is out of date:
 * `node build/word-kernel/compile.mjs > src/tokenizer/bpe/word-kernel-program.ts`
 */
import { readFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const options = "kernel.ts --outFile kernel.wasm -O3 --noAssert --enable simd";
const runtime = "--runtime stub --use abort="; // no allocation, no messages
let program;
const { error, stderr } = await asc.main([...options.split(" "), ...runtime.split(" ")], {
  readFile: (name) =>
    name === "kernel.ts" ? readFileSync(new URL(name, import.meta.url), "utf8") : null,
  writeFile: (_name, content) => void (program = content),
  listFiles: () => [],
});
if (error) throw new Error(stderr.toString());

console.log(`/** Written by build/word-kernel/compile.mjs: WebAssembly, two hexadecimal digits for each byte. */
export const wordKernelProgram =
  "${Buffer.from(program).toString("hex")}";`);
