/** @file What is asked of all logits of a vocabulary at every token, four logits at a time, as WebAssembly. */
import {
  constant,
  extractFloat32,
  extractFloat64,
  float32Constant,
  getLocal,
  instruction,
  loadVector,
  repeatUntil,
  setLocal,
  shuffle,
  storeFloat32,
  upperHalf,
} from "../wasm/index.ts";
import type { Code, WasmFunction } from "../wasm/index.ts";

/** Logits of which the largest is noted. */
export const groupLength = 64;

const add = (a: Code, b: Code) => instruction("f32x4.add", a, b);
const sub = (a: Code, b: Code) => instruction("f32x4.sub", a, b);
const mul = (a: Code, b: Code) => instruction("f32x4.mul", a, b);
/** The larger one; `a` where `b` is not a number. */
const larger = (a: Code, b: Code) => instruction("f32x4.pmax", a, b);
const everywhere = (value: number) => instruction("f32x4.splat", float32Constant(value));
const advance = (address: number, bytes: number) =>
  setLocal(address, instruction("i32.add", getLocal(address), constant(bytes)));

/** Below e^−87, float32 numbers lose their digits; what little is left out there cannot be seen in the sum. */
const least = -87;

/** `maxima(logits, to, out)` writes the largest of each group of logits between two addresses. */
export const maxima: WasmFunction = maximaFunction();

function maximaFunction(): WasmFunction {
  const [logits, to, out, most] = [0, 1, 2, 3];
  const vectors = Array.from({ length: groupLength / 4 }, (_, i) =>
    loadVector(getLocal(logits), 16 * i),
  );
  const both = (lanes: readonly number[]) =>
    setLocal(most, larger(getLocal(most), shuffle(getLocal(most), getLocal(most), lanes)));
  return {
    name: "maxima",
    parameters: ["i32", "i32", "i32"],
    result: undefined,
    locals: ["v128"],
    body: repeatUntil(instruction("i32.ge_u", getLocal(logits), getLocal(to)), [
      ...setLocal(most, vectors.reduce(larger, everywhere(-Infinity))),
      ...both([2, 3, 0, 1]),
      ...both([1, 0, 3, 2]),
      ...storeFloat32(getLocal(out), extractFloat32(0, getLocal(most))),
      ...advance(logits, 4 * groupLength),
      ...advance(out, 4),
    ]),
  };
}

/** `mass(logits, to, largest, scale)`: the sum of e^(scale (logit − largest)) between two addresses, to 2e-7 of it. */
export const mass: WasmFunction = massFunction();

function massFunction(): WasmFunction {
  const [logits, to, largest, scale] = [0, 1, 2, 3];
  const [peak, scales, total, x, n] = [4, 5, 6, 7, 8];
  const get = getLocal;
  // e^x = 2^n e^r with |r| ≤ ln 2 / 2; ln 2 is taken off in two parts, so that r keeps its digits
  const r = sub(
    sub(get(x), mul(get(n), everywhere(0.693359375))),
    mul(get(n), everywhere(-2.1219444e-4)),
  );
  const taylor = [1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1, 1].map(everywhere);
  const series = taylor.reduce((sum, coefficient) => add(mul(sum, get(x)), coefficient));
  const exponent = instruction(
    "i32x4.shl",
    instruction(
      "i32x4.add",
      instruction("i32x4.trunc_sat_f32x4_s", get(n)),
      instruction("i32x4.splat", constant(127)),
    ),
    constant(23),
  );
  const addUp = (values: Code) =>
    setLocal(
      total,
      instruction("f64x2.add", get(total), instruction("f64x2.promote_low_f32x4", values)),
    );
  return {
    name: "mass",
    parameters: ["i32", "i32", "f32", "f32"],
    result: "f64",
    locals: ["v128", "v128", "v128", "v128", "v128"],
    body: [
      ...setLocal(peak, instruction("f32x4.splat", get(largest))),
      ...setLocal(scales, instruction("f32x4.splat", get(scale))),
      ...repeatUntil(instruction("i32.ge_u", get(logits), get(to)), [
        ...setLocal(
          x,
          larger(everywhere(least), mul(sub(loadVector(get(logits)), get(peak)), get(scales))),
        ),
        ...setLocal(n, instruction("f32x4.nearest", mul(get(x), everywhere(Math.LOG2E)))),
        ...setLocal(x, r),
        ...setLocal(x, mul(series, exponent)),
        ...addUp(get(x)),
        ...addUp(upperHalf(get(x))),
        ...advance(logits, 16),
      ]),
      ...instruction("f64.add", extractFloat64(0, get(total)), extractFloat64(1, get(total))),
    ],
  };
}
