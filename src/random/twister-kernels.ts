/**
 * @file MT19937 four words at a time, as WebAssembly. A state is continued in a straight line behind itself: each new word is
 * made of those 624, 623 and 227 places before it, so that four neighbours can be made at once.
 */
import {
  constant,
  getLocal,
  instruction,
  loadVector,
  repeatUntil,
  returnIf,
  setLocal,
  shuffle,
  storeVector,
} from "../wasm/index.ts";
import type { Code, WasmFunction } from "../wasm/index.ts";

/** Words of a state. */
export const stateLength = 624;
const middle = 397;

const and = (a: Code, b: Code) => instruction("v128.and", a, b);
const xor = (a: Code, b: Code) => instruction("v128.xor", a, b);
const shiftRight = (a: Code, bits: number) => instruction("i32x4.shr_u", a, constant(bits));
const shiftLeft = (a: Code, bits: number) => instruction("i32x4.shl", a, constant(bits));
const everywhere = (value: number) => instruction("i32x4.splat", constant(value));
const advance = (address: number, bytes: number) =>
  setLocal(address, instruction("i32.add", getLocal(address), constant(bytes)));

/** `extend(from, to)` makes the word that lies a state behind each of those from one address to another, whole states. */
export const extend: WasmFunction = extendFunction();

function extendFunction(): WasmFunction {
  const [from, to, signBit, factor, next] = [0, 1, 2, 3, 4];
  const four = (offset: number) => {
    const here = loadVector(getLocal(from), offset);
    const mixed = instruction("v128.bitselect", here, getLocal(next), getLocal(signBit));
    const isOdd = instruction("i32x4.shr_s", shiftLeft(getLocal(next), 31), constant(31)); // all bits or none
    const twisted = xor(shiftRight(mixed, 1), and(isOdd, getLocal(factor)));
    const word = xor(loadVector(getLocal(from), offset + 4 * middle), twisted);
    return [
      ...setLocal(next, loadVector(getLocal(from), offset + 4)),
      ...storeVector(getLocal(from), word, offset + 4 * stateLength),
    ];
  };
  const atOnce = 12; // vectors; 156 are a state
  return {
    name: "extend",
    parameters: ["i32", "i32"],
    result: undefined,
    locals: ["v128", "v128", "v128"],
    body: [
      ...setLocal(signBit, everywhere(0x80000000)),
      ...setLocal(factor, everywhere(0x9908b0df)),
      ...repeatUntil(instruction("i32.ge_u", getLocal(from), getLocal(to)), [
        ...Array.from({ length: atOnce }, (_, i) => four(16 * i)).flat(),
        ...advance(from, 16 * atOnce),
      ]),
    ],
  };
}

/**
 * `search(logits, to, words, threshold, slope)`: the address, of those from `logits` to `to`, of the first four logits of
 * which one may win a race (see `categorical.ts`); `to` if none may. Each logit has two words, of which the first gives 21
 * bits h. The bits of h as a float32 are a number that is nearly, and at most, 2^23 (log2 h + 127); a logit may win where
 * `logit − slope · bits > threshold`, or h is 0.
 */
export const search: WasmFunction = searchFunction();

function searchFunction(): WasmFunction {
  const [logits, to, words, threshold, slope] = [0, 1, 2, 3, 4];
  const [high, thresholds, slopes] = [5, 6, 7];
  const evenWords = shuffle(
    loadVector(getLocal(words)),
    loadVector(getLocal(words), 16),
    [0, 2, 4, 6],
  );
  const shifted = (value: Code) => setLocal(high, xor(getLocal(high), value));
  const asFloat = instruction("f32x4.convert_i32x4_u", getLocal(high));
  const bits = instruction("f32x4.convert_i32x4_u", asFloat);
  const bound = instruction(
    "f32x4.sub",
    loadVector(getLocal(logits)),
    instruction("f32x4.mul", bits, getLocal(slopes)),
  );
  const mayWin = instruction(
    "v128.or",
    instruction("f32x4.gt", bound, getLocal(thresholds)),
    instruction("i32x4.eq", getLocal(high), everywhere(0)),
  );
  return {
    name: "search",
    parameters: ["i32", "i32", "i32", "f32", "f32"],
    result: "i32",
    locals: ["v128", "v128", "v128"],
    body: [
      ...setLocal(thresholds, instruction("f32x4.splat", getLocal(threshold))),
      ...setLocal(slopes, instruction("f32x4.splat", getLocal(slope))),
      ...repeatUntil(instruction("i32.ge_u", getLocal(logits), getLocal(to)), [
        ...setLocal(high, evenWords),
        ...shifted(shiftRight(getLocal(high), 11)),
        ...shifted(and(shiftLeft(getLocal(high), 7), everywhere(0x9d2c5680))),
        ...shifted(and(shiftLeft(getLocal(high), 15), everywhere(0xefc60000))),
        ...setLocal(
          high,
          and(xor(getLocal(high), shiftRight(getLocal(high), 18)), everywhere(0x1fffff)),
        ),
        ...returnIf(instruction("v128.any_true", mayWin), getLocal(logits)),
        ...advance(logits, 16),
        ...advance(words, 32),
      ]),
      ...getLocal(to),
    ],
  };
}
