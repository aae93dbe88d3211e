/** @file What a GPU leaves to the CPU, said rather than passed over. */

/** One line that names the operators. */
export function describeCpuFallbacks(operators: readonly string[]): string {
  return `On the CPU, because the GPU has no kernel for them: ${operators.join(", ")}.`;
}
