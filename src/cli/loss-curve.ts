/** @file The losses of a run as a picture. */
import type { LogEntry } from "../training/index.ts";
import { braillePlot } from "./braille-plot.ts";

/** The training loss as dots and the validation loss as `o`, by steps; nothing before the second step. */
export function lossCurve(log: readonly LogEntry[], columns: number): string[] {
  const pointsOf = (name: string) =>
    log.flatMap((entry) => {
      const value = entry[name];
      return typeof value === "number" ? [[entry.step, value] as const] : [];
    });
  const training = pointsOf("loss");
  if (training.length < 2) return [];
  const series = [
    { name: "training", points: training },
    { name: "validation", points: pointsOf("validationLoss"), marker: "o" },
  ];
  const size = { width: Math.min(columns, 100) - 2, height: 10 };
  return ["loss by step (⠒ training, o validation)", ...braillePlot(series, size)];
}
