/**
 * @file Where buffers of parameters go in WebAssembly memories. A memory ends at 4 GiB, so a big model takes several; all buffers
 * of one parameter lie in the same one, because a kernel sees one memory.
 */
import type { Parameter } from "../graph/index.ts";
import { UserError } from "../errors.ts";
import { pageBytes } from "../wasm/index.ts";

/** A cache line, and what ONNX Runtime aligns to. */
const alignmentBytes = 64;

/** 4 GiB less a page: addresses of 32 bits also reach one element past the end. */
export const maxMemoryBytes = 65_535 * pageBytes;

/** The parameters whose buffers share a memory, with the address of each parameter's first buffer. */
export interface MemoryGroup {
  readonly sizeBytes: number;
  readonly parameters: readonly { readonly parameter: Parameter; readonly address: number }[];
}

/** Bytes from one buffer of a parameter to the next. */
export function bufferBytes(parameter: Parameter): number {
  return Math.ceil((parameter.size * 4) / alignmentBytes) * alignmentBytes;
}

/**
 * Distributes parameters, in their order, over as few memories of at most `limitBytes` as that order allows.
 * Throws UserError for a parameter whose `numBuffers` buffers do not fit one memory.
 */
export function layOut(
  parameters: Iterable<Parameter>,
  numBuffers: number,
  limitBytes = maxMemoryBytes,
): MemoryGroup[] {
  const groups: { sizeBytes: number; parameters: { parameter: Parameter; address: number }[] }[] =
    [];
  for (const parameter of parameters) {
    const sizeBytes = bufferBytes(parameter) * numBuffers;
    if (sizeBytes > limitBytes) throw tooLarge(parameter, sizeBytes, limitBytes);
    let group = groups.at(-1);
    if (!group || group.sizeBytes + sizeBytes > limitBytes) {
      group = { sizeBytes: 0, parameters: [] };
      groups.push(group);
    }
    group.parameters.push({ parameter, address: group.sizeBytes });
    group.sizeBytes += sizeBytes;
  }
  return groups;
}

function tooLarge({ name, size }: Parameter, sizeBytes: number, limitBytes: number): UserError {
  return new UserError(
    `parameter "${name}": expected at most ${limitBytes} bytes with gradient and optimizer state, got ${sizeBytes} ` +
      `for ${size} numbers. Choose a smaller vocabulary or width, or an optimizer with less state.`,
  );
}
