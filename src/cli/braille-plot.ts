/** @file Lines of points as braille characters, each of which has 2 × 4 dots. */

export interface PlotSeries {
  readonly name: string;
  /** In rising order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn in place of dots at each point; a line of dots otherwise. */
  readonly marker?: string;
}

export interface PlotOptions {
  /** Characters in all, labels included. */
  readonly width: number;
  /** Lines of dots, without the axis below. */
  readonly height: number;
}

/** The bit of the dot in row 0 … 3 and column 0 or 1. */
const dotBits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** Draws `series` with labels of both axes; nothing where there are no finite points. */
export function braillePlot(series: readonly PlotSeries[], options: PlotOptions): string[] {
  const shown = series.map((one) => ({
    ...one,
    points: one.points.filter(([, y]) => isFinite(y)),
  }));
  const all = shown.flatMap(({ points }) => points);
  if (all.length === 0) return [];
  const [left, right] = rangeOf(all.map(([x]) => x));
  const [bottom, top] = rangeOf(all.map(([, y]) => y));
  const labels = [top, (top + bottom) / 2, bottom].map((y) => y.toFixed(2));
  const margin = Math.max(...labels.map(({ length }) => length)) + 2;
  const width = Math.max(10, options.width - margin);
  const height = Math.max(3, options.height);
  const cells = Array.from({ length: height }, () => new Array<number | string>(width).fill(0));
  const column = (x: number) => Math.round(((x - left) / (right - left || 1)) * (width * 2 - 1));
  const row = (y: number) => Math.round(((top - y) / (top - bottom || 1)) * (height * 4 - 1));
  for (const { points, marker } of shown) {
    const dots = meansByColumn(points, column).map(([x, y]) => [x, row(y)] as const);
    if (marker) for (const [x, y] of dots) cells[y >> 2][x >> 1] = marker;
    else drawLine(dots, cells);
  }
  const labelOf = new Map([0, (height - 1) >> 1, height - 1].map((at, i) => [at, labels[i]]));
  const lines = cells.map((line, at) => {
    const text = line.map((cell) =>
      typeof cell === "string" ? cell : String.fromCharCode(0x2800 + cell),
    );
    return `${(labelOf.get(at) ?? "").padStart(margin - 2)} ┤${text.join("")}`;
  });
  return [...lines, xAxis(left, right, margin, width)];
}

function rangeOf(values: readonly number[]): [least: number, most: number] {
  return values.reduce(
    ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
    [Infinity, -Infinity],
  );
}

/** One point for each column of dots that has any. */
function meansByColumn(points: PlotSeries["points"], column: (x: number) => number) {
  const sums = new Map<number, { total: number; count: number }>();
  for (const [x, y] of points) {
    const sum = sums.get(column(x)) ?? { total: 0, count: 0 };
    sums.set(column(x), { total: sum.total + y, count: sum.count + 1 });
  }
  return [...sums].map(([x, { total, count }]) => [x, total / count] as const);
}

function drawLine(
  dots: readonly (readonly [number, number])[],
  cells: (number | string)[][],
): void {
  dots.forEach(([x, y], i) => {
    const [fromX, fromY] = dots[Math.max(0, i - 1)];
    const steps = Math.max(1, Math.abs(x - fromX), Math.abs(y - fromY));
    for (let step = 0; step <= steps; step++) {
      const atX = Math.round(fromX + ((x - fromX) * step) / steps);
      const atY = Math.round(fromY + ((y - fromY) * step) / steps);
      const cell = cells[atY >> 2][atX >> 1];
      if (typeof cell === "number") cells[atY >> 2][atX >> 1] = cell | dotBits[atY & 3][atX & 1];
    }
  });
}

function xAxis(left: number, right: number, margin: number, width: number): string {
  const [first, last] = [String(left), String(right)];
  const gap = Math.max(1, width - first.length - last.length);
  return `${" ".repeat(margin)}${first}${" ".repeat(gap)}${last}`;
}
