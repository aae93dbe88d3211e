/** @file How PyTorch writes the numbers of one tensor: all alike, in the shortest of three notations that suits them. */
import type { DType } from "./tensor.ts";

const digits = 4;

export interface NumberFormat {
  /** Columns that each number takes. */
  readonly width: number;
  /** The number, padded on the left to `width`. */
  write(value: number): string;
}

/** The format that suits all of `numbers`. */
export function numberFormat(dtype: DType, numbers: readonly number[]): NumberFormat {
  if (dtype === "int32") return padded(numbers, String);
  if (dtype === "bool") return padded(numbers, (value) => (value ? "True" : "False"));
  const measured = numbers.filter((value) => Number.isFinite(value) && value !== 0);
  return padded(measured, notationFor(measured));
}

function padded(numbers: readonly number[], write: (value: number) => string): NumberFormat {
  const width = numbers.reduce((widest, value) => Math.max(widest, write(value).length), 1);
  return { width, write: (value) => write(value).padStart(width) };
}

/** Scientific where sizes differ by more than 1000 or are extreme, `1.` where all are integers, `1.0000` elsewhere. */
function notationFor(numbers: readonly number[]): (value: number) => string {
  const sizes = numbers.map(Math.abs);
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  const smallest = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  if (largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4) return finite(scientific);
  if (numbers.every(Number.isInteger)) return finite((value) => `${fixed(value, 0)}.`);
  return finite((value) => fixed(value, digits));
}

function finite(write: (value: number) => string): (value: number) => string {
  return (value) => {
    if (Number.isNaN(value)) return "nan";
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
    return Object.is(value, -0) ? `-${write(0)}` : write(value);
  };
}

function fixed(value: number, count: number): string {
  return halfToEven(value.toFixed(count), value.toFixed(100).split(".")[1].slice(count));
}

/** `1.2346e+01`: an exponent of two digits or more. */
function scientific(value: number): string {
  const [mantissa, exponent] = value.toExponential(digits).split("e");
  const left = value.toExponential(100).split("e")[0].split(".")[1].slice(digits);
  return `${halfToEven(mantissa, left)}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

/** JavaScript rounds a tie away from zero, Python to the even digit; `left` is what was rounded off. */
function halfToEven(rounded: string, left: string): string {
  const last = Number(rounded.at(-1));
  return /^50*$/.test(left) && last % 2 === 1 ? `${rounded.slice(0, -1)}${last - 1}` : rounded;
}
