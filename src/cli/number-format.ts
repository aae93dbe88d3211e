/** @file Numbers for people. */

/** `1,234,567`, whatever the language of the machine. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

const thousands = ["", " k", " M", " G", " T", " P", " E"] as const;

/** Three digits: `124 M`, `8.19 k`. */
export function formatShort(value: number): string {
  if (!(Math.abs(value) >= 1000)) return String(Math.round(value * 100) / 100);
  const power = Math.min(thousands.length - 1, Math.floor(Math.log10(Math.abs(value)) / 3));
  return `${Number((value / 1000 ** power).toPrecision(3))}${thousands[power]}`;
}

/** `1.5 GB`, in powers of 1000. */
export function formatBytes(bytes: number): string {
  const short = formatShort(bytes);
  return `${short}${short.includes(" ") ? "" : " "}B`;
}

/** `1:02:03`, `2:05`, `0:07`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  const seconds = Math.round(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}
