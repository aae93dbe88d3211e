/** @file A fact that the book prints, how a value of ours is compared with it, and what each chapter's file gives. */
import { Tensor, values } from "../../src/graph/index.js";
/** The places where `actual` is not what `fact` says, as `[0][2]: expected …, got …`; none where all is well. */
export function differences(fact, actual) {
    const found = [];
    compare(plain(actual), fact.expected, "", (path, expected, got) => {
        const { abs, rel = 0 } = fact.tolerance;
        const isClose = typeof got === "number" && typeof expected === "number"
            ? Math.abs(got - expected) <= abs + rel * Math.abs(expected)
            : got === expected;
        if (!isClose)
            found.push(`${path}: expected ${String(expected)}, got ${String(got)}`);
    });
    return found;
}
function compare(actual, expected, path, check) {
    if (typeof expected !== "object")
        return check(path, expected, infinityAsText(actual));
    if (typeof actual !== "object")
        return check(path, "a list", actual);
    const elided = expected.indexOf("...");
    if (elided < 0 && actual.length !== expected.length) {
        return check(path, `${expected.length} items`, `${actual.length} items`);
    }
    for (const [i, item] of expected.entries()) {
        if (i === elided)
            continue;
        const at = elided >= 0 && i > elided ? actual.length - (expected.length - i) : i;
        compare(actual[at], item, `${path}[${at}]`, check);
    }
}
const infinityAsText = (value) => (value === -Infinity ? "-inf" : value);
/** Tensors as nested lists. */
function plain(value) {
    if (value instanceof Tensor)
        return nested([...values(value)], value.shape);
    return typeof value === "object" ? value.map(plain) : value;
}
function nested(numbers, [length, ...rest]) {
    if (length === undefined)
        return numbers[0];
    const step = numbers.length / length;
    return Array.from({ length }, (_, i) => nested(numbers.slice(i * step, (i + 1) * step), rest));
}
