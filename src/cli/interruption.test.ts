import { expect, test } from "vitest";
import { listenForInterruption } from "./interruption.ts";
import { capturedTerminal } from "./testing/captured-terminal.ts";

test("the first signal asks for an end, the second ends at once, and later ones are nobody's", () => {
  const terminal = capturedTerminal();
  let asked = 0;
  const interruption = listenForInterruption(terminal, () => asked++);
  expect([interruption.signal.aborted, interruption.exitCode]).toEqual([false, undefined]);
  terminal.send("SIGTERM");
  expect([asked, interruption.signal.aborted, interruption.exitCode]).toEqual([1, true, 143]);
  expect(terminal.exits).toEqual([]);
  terminal.send("SIGINT");
  expect([asked, terminal.exits]).toEqual([1, [143]]);
  interruption.end();
  terminal.send("SIGINT");
  expect(terminal.exits).toEqual([143]);
});
