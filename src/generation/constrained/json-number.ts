/** @file Numbers of JSON between bounds, as expressions over their digits. */
import { UserError } from "../../errors.ts";
import { choice, literal, oneOf, optional, repeat, sequence } from "./expression.ts";
import type { Expression } from "./expression.ts";

export interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
  /** Whether a bound itself is too small or too large. */
  readonly isMinimumExcluded: boolean;
  readonly isMaximumExcluded: boolean;
}

const digit = oneOf([[48, 57]]);
/** As many digits as a float64 keeps of any number. */
const mostDigits = 15;
const largest = 10 ** mostDigits - 1;
const fraction = sequence(literal("."), repeat(digit, 1, mostDigits));
const exponent = sequence(
  oneOf([
    [69, 69],
    [101, 101],
  ]),
  optional(
    oneOf([
      [43, 43],
      [45, 45],
    ]),
  ),
  repeat(digit, 1, 2),
);

/** Whole numbers of at most 15 digits. */
export function jsonInteger(bounds: Bounds, name: string): Expression {
  const { minimum, maximum, isMinimumExcluded, isMaximumExcluded } = bounds;
  const least = Math.max(
    -largest,
    isMinimumExcluded ? Math.floor(minimum) + 1 : Math.ceil(minimum),
  );
  const most = Math.min(largest, isMaximumExcluded ? Math.ceil(maximum) - 1 : Math.floor(maximum));
  if (least <= most) return integersBetween(least, most);
  throw new UserError(`${name}: expected bounds with a whole number between them, got none.`);
}

/**
 * Numbers: without bounds also with an exponent; with bounds whole numbers and decimal fractions, of which those that share
 * their whole part with a bound are left out.
 */
export function jsonNumber(bounds: Bounds, name: string): Expression {
  const { minimum, maximum, isMinimumExcluded, isMaximumExcluded } = bounds;
  if (minimum === -Infinity && maximum === Infinity) {
    return sequence(integersBetween(-largest, largest), optional(fraction), optional(exponent));
  }
  // n.f with n ≥ 0 lies in [n, n + 1), and −n.f in (−n − 1, −n]
  const [least, most] = [Math.max(-largest, minimum), Math.min(largest, maximum)];
  const fractions: Expression[] = [];
  const leastAbove = Math.max(0, isMinimumExcluded ? Math.floor(least) + 1 : Math.ceil(least));
  const mostAbove = Math.floor(most) - 1;
  if (leastAbove <= mostAbove) fractions.push(digitsBetween(leastAbove, mostAbove));
  const leastBelow = Math.max(0, isMaximumExcluded ? Math.floor(-most) + 1 : Math.ceil(-most));
  const mostBelow = Math.floor(-least) - 1;
  if (leastBelow <= mostBelow)
    fractions.push(sequence(literal("-"), digitsBetween(leastBelow, mostBelow)));
  const withFraction = fractions.map((whole) => sequence(whole, fraction));
  const hasWhole =
    isMinimumExcluded || isMaximumExcluded
      ? hasWholeBetween(bounds)
      : Math.ceil(least) <= Math.floor(most);
  if (withFraction.length === 0 && !hasWhole) {
    throw new UserError(`${name}: expected bounds with a whole number between them, got none.`);
  }
  return choice(...(hasWhole ? [jsonInteger(bounds, name)] : []), ...withFraction);
}

function hasWholeBetween(bounds: Bounds): boolean {
  const { minimum, maximum, isMinimumExcluded, isMaximumExcluded } = bounds;
  const least = isMinimumExcluded ? Math.floor(minimum) + 1 : Math.ceil(minimum);
  return least <= (isMaximumExcluded ? Math.ceil(maximum) - 1 : Math.floor(maximum));
}

/** Whole numbers from `least` to `most`, in their shortest spelling. */
function integersBetween(least: number, most: number): Expression {
  const options: Expression[] = [];
  if (most >= 0) options.push(digitsBetween(Math.max(0, least), most));
  if (least < 0) {
    options.push(sequence(literal("-"), digitsBetween(Math.max(1, -most), -least)));
  }
  return options.length === 1 ? options[0] : choice(...options);
}

/** The same for numbers of 0 and more. */
function digitsBetween(least: number, most: number): Expression {
  const options: Expression[] = [];
  for (let length = String(least).length; length <= String(most).length; length++) {
    const first = Math.max(least, length === 1 ? 0 : 10 ** (length - 1));
    const last = Math.min(most, 10 ** length - 1);
    options.push(ofEqualLength(String(first), String(last)));
  }
  return options.length === 1 ? options[0] : choice(...options);
}

/** Digits from `low` to `high`, of the same length. */
function ofEqualLength(low: string, high: string): Expression {
  if (low.length === 0) return sequence();
  const [first, last] = [low.charCodeAt(0), high.charCodeAt(0)];
  const rest = low.length - 1;
  if (/^0*$/.test(low.slice(1)) && /^9*$/.test(high.slice(1))) {
    return sequence(oneOf([[first, last]]), repeat(digit, rest, rest));
  }
  const starting = (code: number, end: Expression) => sequence(oneOf([[code, code]]), end);
  if (first === last) return starting(first, ofEqualLength(low.slice(1), high.slice(1)));
  return choice(
    starting(first, ofEqualLength(low.slice(1), "9".repeat(rest))),
    ...(first + 1 < last
      ? [sequence(oneOf([[first + 1, last - 1]]), repeat(digit, rest, rest))]
      : []),
    starting(last, ofEqualLength("0".repeat(rest), high.slice(1))),
  );
}
