/** @file A fact that the book prints, how a value of ours is compared with it, and what each chapter's file gives. */
import { Tensor, values } from "../../src/graph/index.ts";

export interface Fact {
  readonly id: string;
  readonly chapter: string;
  readonly section: string;
  /** In words, what is printed. */
  readonly what: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly expected: Expected;
  /** The short story of chapter 2, which is not in the repository. */
  readonly needs?: "verdict";
  /** Absolute, and relative where printing has fixed digits. */
  readonly tolerance: { readonly abs: number; readonly rel?: number };
}

/** `"..."` stands for rows or columns that the book leaves out, `"-inf"` for what JSON cannot say. */
type Expected = number | string | readonly Expected[];

/** What our code computes instead: numbers, strings, tensors, or lists of these. */
export type Reproduced = number | string | Tensor | readonly Reproduced[];

/** By fact, how our code arrives at its value. No expected number takes part in a computation. */
export type Reproductions = Readonly<Record<string, () => Reproduced | Promise<Reproduced>>>;

/** By fact, why it is not reproduced. */
export type Reasons = Readonly<Record<string, string>>;

/** The places where `actual` is not what `fact` says, as `[0][2]: expected …, got …`; none where all is well. */
export function differences(fact: Fact, actual: Reproduced): string[] {
  const found: string[] = [];
  compare(plain(actual), fact.expected, "", (path, expected, got) => {
    const { abs, rel = 0 } = fact.tolerance;
    const isClose =
      typeof got === "number" && typeof expected === "number"
        ? Math.abs(got - expected) <= abs + rel * Math.abs(expected)
        : got === expected;
    if (!isClose) found.push(`${path}: expected ${String(expected)}, got ${String(got)}`);
  });
  return found;
}

type Plain = number | string | readonly Plain[];

function compare(
  actual: Plain,
  expected: Expected,
  path: string,
  check: (path: string, expected: Expected, got: Plain) => void,
): void {
  if (typeof expected !== "object") return check(path, expected, infinityAsText(actual));
  if (typeof actual !== "object") return check(path, "a list", actual);
  const elided = expected.indexOf("...");
  if (elided < 0 && actual.length !== expected.length) {
    return check(path, `${expected.length} items`, `${actual.length} items`);
  }
  for (const [i, item] of expected.entries()) {
    if (i === elided) continue;
    const at = elided >= 0 && i > elided ? actual.length - (expected.length - i) : i;
    compare(actual[at], item, `${path}[${at}]`, check);
  }
}

const infinityAsText = (value: Plain): Plain => (value === -Infinity ? "-inf" : value);

/** Tensors as nested lists. */
function plain(value: Reproduced): Plain {
  if (value instanceof Tensor) return nested([...values(value)], value.shape);
  return typeof value === "object" ? value.map(plain) : value;
}

function nested(numbers: readonly number[], [length, ...rest]: readonly number[]): Plain {
  if (length === undefined) return numbers[0];
  const step = numbers.length / length;
  return Array.from({ length }, (_, i) => nested(numbers.slice(i * step, (i + 1) * step), rest));
}
