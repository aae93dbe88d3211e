// How fast this machine reads memory, in bytes a second: the limit of decoding, which reads every weight for every token.

import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

const bytesPerThread = 256 * 2 ** 20;

if (!isMainThread) {
  const numbers = new Float64Array(bytesPerThread / 8).fill(1);
  parentPort.postMessage("ready");
  parentPort.on("message", () => {
    const start = performance.now();
    parentPort.postMessage({ sum: sumOf(numbers), ms: performance.now() - start });
  });
}

/** Eight sums at once, so that additions do not wait for each other. */
function sumOf(numbers) {
  let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < numbers.length; i += 8) {
    a += numbers[i];
    b += numbers[i + 1];
    c += numbers[i + 2];
    d += numbers[i + 3];
    e += numbers[i + 4];
    f += numbers[i + 5];
    g += numbers[i + 6];
    h += numbers[i + 7];
  }
  return a + b + c + d + e + f + g + h;
}

/** The best of several passes in which all threads read at once. */
export async function readBandwidth(threads, passes = 7) {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL(import.meta.url), { workerData }),
  );
  const answer = (worker) => new Promise((resolve) => worker.once("message", resolve));
  await Promise.all(workers.map(answer));
  let best = 0;
  for (let pass = 0; pass < passes; pass++) {
    const answers = workers.map(answer);
    for (const worker of workers) worker.postMessage("go");
    const slowest = Math.max(...(await Promise.all(answers)).map(({ ms }) => ms));
    best = Math.max(best, (threads * bytesPerThread * 1000) / slowest);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return best;
}
