import { spawn } from "node:child_process";

/** Runs a program to its end, or kills it after `timeoutMs`: `{ code, stdout, stderr, isTimeout }`, or `startError`. */
export function outputOf(program, args, { env = {}, timeoutMs } = {}) {
  const options = { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } };
  const child = spawn(program, args, options);
  let stdout = "";
  let stderr = "";
  let isTimeout = false;
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const stop = () => {
    isTimeout = true;
    child.kill("SIGKILL");
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(stop, timeoutMs);
  return new Promise((resolve) => {
    child.on("error", (startError) => {
      clearTimeout(timer);
      resolve({ startError });
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? signal, stdout, stderr, isTimeout });
    });
  });
}
