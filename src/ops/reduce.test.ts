import { expect, test } from "vitest";
import { tensor, values } from "../graph/index.ts";
import { logSumExp } from "./index.ts";

test("logSumExp of infinities is what torch.logsumexp gives", () => {
  const rows = tensor([
    [-Infinity, -Infinity],
    [1, Infinity],
    [1000, 1001],
    [1, -Infinity],
  ]);
  const [hidden, endless, large, one] = values(logSumExp(rows, { axis: -1 }));
  expect([hidden, endless, one]).toEqual([-Infinity, Infinity, 1]);
  expect(large).toBeCloseTo(1001.3133, 3); // float32 at 1,000
});
