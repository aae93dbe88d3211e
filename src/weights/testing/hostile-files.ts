/** @file Damaged files, made from a good one, and a watch on the memory that reading them asks for. */
import { writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { UserError } from "../../errors.ts";
import { Generator } from "../../random/index.ts";
import { damageJson } from "./hostile-json.ts";

export interface Attack {
  /** Where the damaged file is put. */
  readonly path: string;
  readonly good: Uint8Array;
  /** Most damage is done to this many bytes at the front. */
  readonly headerBytes: number;
  /** Opens the file and reads what it promises. */
  readonly read: () => Promise<unknown>;
  /** Bytes of the largest array that reading makes whatever the file holds; 0 unless given. */
  readonly ownBytes?: number;
  /** Whether half of the damaged files are JSON still, with a value that is another. */
  readonly isJson?: boolean;
}

/** Values that lengths and types are wont to break at. */
const edges = [0, 1, 0x7f, 0x80, 0xff];

/** Reads 1,000 damaged files; each gives a UserError or is read, and no allocation exceeds twice the file's size. */
export async function surviveThousandMutations(attack: Attack): Promise<{ refused: number }> {
  const generator = new Generator(1);
  const below = (n: number) => Number(generator.random64() & 0xffffffffn) % n;
  await writeFile(attack.path, attack.good);
  const watched = await largestAllocation(async () => void (await attack.read()));
  expect(watched, "the watch sees nothing").toBeGreaterThan(0);
  let refused = 0;
  for (let i = 0; i < 1000; i++) {
    const damaged = attack.isJson && i % 2 === 0 ? otherJson(attack, below) : mutate(attack, below);
    await writeFile(attack.path, damaged);
    const largest = await largestAllocation(async () => {
      await attack.read().catch((error: unknown) => {
        if (!(error instanceof UserError)) throw new Error(`mutation ${i}`, { cause: error });
        refused++;
      });
    });
    // What a read rounds up to, a page, does not count.
    const most = Math.max(2 * damaged.length + 4096, attack.ownBytes ?? 0);
    expect(largest, `mutation ${i}`).toBeLessThanOrEqual(most);
  }
  return { refused };
}

function otherJson({ good }: Attack, below: (n: number) => number): Uint8Array {
  return new TextEncoder().encode(damageJson(new TextDecoder().decode(good), below));
}

function mutate({ good, headerBytes }: Attack, below: (n: number) => number): Uint8Array {
  let bytes = Uint8Array.from(good);
  const times = 1 + below(4);
  for (let i = 0; i < times; i++) {
    const at = below(below(10) === 0 ? bytes.length : Math.min(headerBytes, bytes.length));
    switch (below(5)) {
      case 0:
        bytes[at] ^= 1 << below(8);
        break;
      case 1:
        bytes[at] = edges[below(edges.length)];
        break;
      case 2: // an absurd length
        bytes.fill(edges[below(edges.length)], at, at + 8);
        break;
      case 3: // something left out
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + below(8))]);
        break;
      case 4: // cut short
        if (below(4) === 0) bytes = bytes.slice(0, at + 1);
        else bytes[at] = below(256);
        break;
    }
  }
  return bytes;
}

const arrays = [
  ...["Uint8Array", "Uint16Array", "Uint32Array", "Float32Array", "Float64Array"],
  ...["Int8Array", "Int16Array", "Int32Array", "Array"],
] as const;

/** The most bytes that one array made during `action` asked for. */
export async function largestAllocation(action: () => Promise<void>): Promise<number> {
  const globals = globalThis as unknown as Record<string, unknown>;
  const own = arrays.map((name) => [name, globals[name]] as const);
  const alloc = Buffer.alloc;
  let largest = 0;
  const note = (bytes: number) => void (largest = Math.max(largest, bytes));
  for (const [name, original] of own) {
    globals[name] = new Proxy(original as new (...words: unknown[]) => ArrayLike<unknown>, {
      construct(target, words, newTarget) {
        const bytesEach = "BYTES_PER_ELEMENT" in target ? Number(target.BYTES_PER_ELEMENT) : 8;
        if (typeof words[0] === "number") note(words[0] * bytesEach);
        return Reflect.construct(target, words, newTarget === globals[name] ? target : newTarget);
      },
    });
  }
  Buffer.alloc = ((size: number, ...rest: []) => (
    note(size),
    alloc(size, ...rest)
  )) as typeof alloc;
  try {
    await action();
  } finally {
    Object.assign(globals, Object.fromEntries(own));
    Buffer.alloc = alloc;
  }
  return largest;
}
