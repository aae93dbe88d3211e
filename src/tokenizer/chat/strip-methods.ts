/**
 * @file Python's `strip`, `lstrip` and `rstrip` with the characters to strip as an argument, which the Jinja interpreter takes for the ones
 * without: their calls in a template become calls of functions of ours.
 */

const names = ["strip", "lstrip", "rstrip"] as const;
const isMethod = (name: unknown) => names.some((each) => each === name);
// No name that a template could use by itself.
const functionName = (method: string) => `str.${method}`;

/** The functions, by the names that `callStripFunctions` gives them. */
export const stripFunctions: Readonly<Record<string, unknown>> = Object.fromEntries(
  names.map((name) => [
    functionName(name),
    (text: unknown, characters?: string | null) => strip(name, text, characters ?? pythonSpace),
  ]),
);

const pythonSpace =
  "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

function strip(name: (typeof names)[number], value: unknown, characters: string): string {
  if (typeof value !== "string") {
    throw new TypeError(`${name} of something that is not a text`);
  }
  const text = [...value];
  const set = new Set(characters);
  let start = 0;
  let end = text.length;
  if (name !== "rstrip") while (start < end && set.has(text[start])) start++;
  if (name !== "lstrip") while (end > start && set.has(text[end - 1])) end--;
  return text.slice(start, end).join("");
}

/** Changes the calls in a parsed template, in place. */
export function callStripFunctions(node: unknown): void {
  if (typeof node !== "object" || node === null) return;
  for (const child of node instanceof Map ? node.values() : Object.values(node)) {
    callStripFunctions(child);
  }
  const { type, callee, args } = node as Node;
  if (type !== "CallExpression" || callee?.type !== "MemberExpression" || callee.computed) return;
  const { object, property } = callee;
  if (!property || !isMethod(property.value)) return;
  property.value = functionName(String(property.value));
  Object.assign(node, { callee: property, args: [object, ...(args ?? [])] });
}

/** What is asked of a node of a parsed template. */
interface Node {
  readonly type?: string;
  readonly callee?: Node;
  readonly args?: readonly unknown[];
  readonly computed?: boolean;
  readonly object?: unknown;
  readonly property?: { value?: unknown };
}
