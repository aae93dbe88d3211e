/** @file Arrays that stay bound from run to run, until they are released and no run uses them. */
import type { PreparedRun } from "../executable.ts";
import type { Binding } from "./ports.ts";

/** `run`, repeatable, which uses `bindings` until it is released. */
export function preparedRun(bindings: readonly Binding[], run: () => Promise<void>): PreparedRun {
  let runsUnderWay = 0;
  let isReleased = false;
  const leaveIfDone = (): void => {
    if (isReleased && runsUnderWay === 0) bindings.forEach((binding) => binding.leave());
  };
  return {
    async run() {
      if (isReleased) throw new Error("run: expected prepared memory, got released memory.");
      runsUnderWay++;
      try {
        await run();
      } finally {
        runsUnderWay--;
        leaveIfDone();
      }
    },
    release() {
      if (isReleased) return;
      isReleased = true;
      leaveIfDone();
    },
  };
}
