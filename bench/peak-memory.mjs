import { existsSync, readFileSync } from "node:fs";

/** The most memory this process ever held resident, in bytes: VmHWM, or getrusage without /proc. */
export function peakRssBytes() {
  const status = "/proc/self/status";
  if (!existsSync(status)) return process.resourceUsage().maxRSS * 1024;
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(status, "utf8"))[1]) * 1024;
}
