/** @file Prints a tensor as PyTorch does with its default options: 4 digits, lines of 80, long axes elided. */
import { values } from "./evaluate.ts";
import { numberFormat } from "./number-format.ts";
import type { NumberFormat } from "./number-format.ts";
import { Parameter } from "./parameter.ts";
import { formatShape, Input, sizeOf } from "./tensor.ts";
import type { Shape, Tensor } from "./tensor.ts";
import { throughBodies, topological } from "./traversal.ts";

const lineWidth = 80;
const prefix = "tensor(";
/** A tensor of more elements than this shows only the ends of its long axes. */
const threshold = 1000;
/** How many items stay at each end of an axis that is elided. */
const edgeItems = 3;

/**
 * `tensor([[1., 2.], …])` as PyTorch prints it, evaluated now; int32 prints as the int64 that it stands for.
 * What has no numbers yet prints its dtype and shape: `Tensor(float32 (2, 3))`.
 */
export function inspectTensor(tensor: Tensor): string {
  if (lacksNumbers(tensor)) return `Tensor(${tensor.dtype} ${formatShape(tensor.shape)})`;
  const suffixes = tensor.size === 0 ? emptySuffixes(tensor) : [];
  const isParameter = tensor instanceof Parameter;
  if (isParameter && !tensor.frozen) suffixes.push("requires_grad=True");
  const text = withSuffixes(prefix + contentsOf(tensor), suffixes);
  return isParameter ? `Parameter containing:\n${text}` : text;
}

/** Whether the tensor rests on an input or on a parameter that was not initialised. */
function lacksNumbers(tensor: Tensor): boolean {
  return topological([tensor], throughBodies).some(
    (leaf) => leaf instanceof Input || (leaf instanceof Parameter && !leaf.isInitialized),
  );
}

/** What PyTorch says of a tensor whose elements cannot say it. */
function emptySuffixes({ shape, dtype }: Tensor): string[] {
  const names = { float32: [], int32: ["dtype=torch.int64"], bool: ["dtype=torch.bool"] };
  return [...(shape.length === 1 ? [] : [`size=${formatShape(shape)}`]), ...names[dtype]];
}

function contentsOf(tensor: Tensor): string {
  if (tensor.size === 0) return "[]";
  const data = values(tensor);
  const isElided = tensor.size > threshold;
  const shown = shownOffsets(tensor.shape, 0, isElided);
  const format = numberFormat(
    tensor.dtype,
    shown.map((at) => data[at]),
  );
  const itemAt = (at: number) => format.write(data[at]);
  return nested(tensor.shape, 0, { isElided, indent: prefix.length, format, itemAt });
}

interface Layout {
  readonly isElided: boolean;
  /** The column at which the bracket stands. */
  readonly indent: number;
  readonly format: NumberFormat;
  itemAt(offset: number): string;
}

/** Positions shown along an axis; `undefined` where some are left out. */
function shownPositions(length: number, isElided: boolean): (number | undefined)[] {
  const all = Array.from({ length }, (_, at) => at);
  if (!isElided || length <= 2 * edgeItems) return all;
  return [...all.slice(0, edgeItems), undefined, ...all.slice(-edgeItems)];
}

/** Offsets of the elements that are shown: only they decide the format. */
function shownOffsets(shape: Shape, start: number, isElided: boolean): number[] {
  if (shape.length === 0) return [start];
  const [length, ...rest] = shape;
  return shownPositions(length, isElided).flatMap((at) =>
    at === undefined ? [] : shownOffsets(rest, start + at * sizeOf(rest), isElided),
  );
}

function nested(shape: Shape, start: number, layout: Layout): string {
  if (shape.length === 0) return layout.itemAt(start);
  if (shape.length === 1) return row(shape[0], start, layout);
  const [length, ...rest] = shape;
  const inner = { ...layout, indent: layout.indent + 1 };
  const parts = shownPositions(length, layout.isElided).map((at) =>
    at === undefined ? "..." : nested(rest, start + at * sizeOf(rest), inner),
  );
  const lineBreak = "\n".repeat(shape.length - 1) + " ".repeat(layout.indent + 1);
  return `[${parts.join(`,${lineBreak}`)}]`;
}

function row(length: number, start: number, { isElided, indent, format, itemAt }: Layout): string {
  const items = shownPositions(length, isElided).map((at) =>
    at === undefined ? " ..." : itemAt(start + at),
  );
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / (format.width + ", ".length)));
  const lines: string[] = [];
  for (let at = 0; at < items.length; at += perLine) {
    lines.push(items.slice(at, at + perLine).join(", "));
  }
  return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`;
}

function withSuffixes(text: string, suffixes: readonly string[]): string {
  let result = text;
  let column = text.length - text.lastIndexOf("\n") + 1; // one more than there are, as PyTorch counts
  for (const suffix of suffixes) {
    const isTooLong = column + suffix.length + 2 > lineWidth;
    result += isTooLong ? `,\n${" ".repeat(prefix.length)}${suffix}` : `, ${suffix}`;
    column = (isTooLong ? prefix.length : column + 2) + suffix.length;
  }
  return `${result})`;
}
