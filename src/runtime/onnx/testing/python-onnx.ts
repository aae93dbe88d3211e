/** @file The `onnx` package of Python, which knows what a valid model is; tests use it where there is one. */
import { execFileSync } from "node:child_process";

const python = process.env["SCRATCHLM_PYTHON"] ?? "python3";

/** Whether Python has the package; says so when not. */
export function hasPythonOnnx(): boolean {
  try {
    execFileSync(python, ["-c", "import onnx"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn(
      `SKIPPED: onnx.checker, as ${python} has no onnx; name another in SCRATCHLM_PYTHON.`,
    );
    return false;
  }
}

/** What a script prints; it may `import onnx` and finds `args` from `sys.argv[1]` on. */
export function runPython(script: string, ...args: readonly string[]): string {
  return execFileSync(python, ["-c", script, ...args], { encoding: "utf8" });
}
