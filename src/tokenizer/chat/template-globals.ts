/** @file What every chat template may use without being given it. */
import { strftime } from "./strftime.ts";
import { stripFunctions } from "./strip-methods.ts";

/** The constants and functions; `now` is what the date is asked of. */
export function templateGlobals(now: Date | undefined): Record<string, unknown> {
  return {
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    range,
    ...stripFunctions,
    raise_exception: (message: unknown) => {
      throw new Error(String(message));
    },
    strftime_now: (format: string) => strftime(now ?? new Date(), format),
  };
}

/** Python's `range`. */
function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length }, (_, i) => from + i * step);
}
