// node .ci/tally.mjs <folder of Vitest's JSON reports> [failed steps…]: sums them up in a line `N passed, N failed`.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...failedSteps] = process.argv.slice(2);
const files = readdirSync(folder).flatMap((name) => {
  return JSON.parse(readFileSync(join(folder, name), "utf8")).testResults;
});

const count = (status) =>
  files.flatMap(({ assertionResults }) => assertionResults).filter((one) => one.status === status)
    .length;
const passed = count("passed");
// A file that could not be loaded, or prepared, has no failed tests; it counts as one.
const isBroken = ({ status, assertionResults }) =>
  status === "failed" && !assertionResults.some((one) => one.status === "failed");
const broken = files.filter(isBroken);
const failedTests = count("failed") + broken.length;
// A step that failed without a failed test (formatting, types, an install) counts as one.
const failed = Math.max(failedTests, failedSteps.length);

console.log("");
for (const step of failedSteps) console.log(`failed: ${step}`);
const skipped = count("pending") + count("skipped");
if (skipped > 0) console.log(`${skipped} skipped, reasons above`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
