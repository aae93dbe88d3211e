/** @file What a GPU leaves to the CPU, said rather than passed over. */

/** A line that names the operators, for each kind of work that has some. */
export function describeCpuFallbacks(byWork: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(byWork)
    .filter(([, operators]) => operators.length > 0)
    .map(([work, operators]) => `While ${work}, partly on the CPU: ${operators.join(", ")}.\n`)
    .join("");
}
