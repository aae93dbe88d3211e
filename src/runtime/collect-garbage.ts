/**
 * @file Gives the memory of dropped arrays back now. Node frees it at its next collection, which hardly comes while native
 * code works; until then hundreds of megabytes of weights that nobody can reach would stand beside those that replace them.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Collects garbage; some 10 ms, so only where much was dropped at once. */
export function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
    setFlagsFromString("--no-expose-gc");
  }
  collect();
}
