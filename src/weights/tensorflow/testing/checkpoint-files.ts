/** @file Writes a TensorFlow checkpoint: LevelDB's table format holding protocol buffers, as both projects describe them. */

export interface Variable {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** The bytes of the index and of the only data file. */
export function checkpointFiles(
  variables: ReadonlyMap<string, Variable>,
  { isCompressed = false }: { readonly isCompressed?: boolean } = {},
): { readonly index: Uint8Array; readonly data: Uint8Array } {
  const entries: [string, number[]][] = [["", [0x08, 1, 0x1a, 2, 0x08, 1]]]; // one data file, version 1
  const numbers: number[] = [];
  for (const [name, { shape, values }] of [...variables].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const dimensions = shape.flatMap((length) => nested(2, [0x08, ...varint(length)]));
    const place = [0x20, ...varint(4 * numbers.length), 0x28, ...varint(4 * values.length)];
    const checksum = [0x35, 1, 2, 3, 4];
    entries.push([name, [0x08, 1, ...nested(2, dimensions), ...place, ...checksum]]);
    numbers.push(...values);
  }
  const data = new Uint8Array(Float32Array.from(numbers).buffer);
  return { index: table(entries, isCompressed), data };
}

/** Two data blocks, an empty meta index, an index of the blocks, a footer. */
function table(entries: readonly [string, number[]][], isCompressed: boolean): Uint8Array {
  const bytes: number[] = [];
  const add = (content: number[]) => {
    const stored = isCompressed ? literalSnappy(content) : content;
    const handle = [...varint(bytes.length), ...varint(stored.length)];
    bytes.push(...stored, isCompressed ? 1 : 0, 0, 0, 0, 0); // no reader here looks at the checksum
    return handle;
  };
  const middle = Math.ceil(entries.length / 2);
  const halves = [entries.slice(0, middle), entries.slice(middle)];
  const handles = halves.map((half): [string, number[]] => [half.at(-1)![0], add(block(half))]);
  const meta = add(block([]));
  const footer = [...meta, ...add(block(handles))];
  while (footer.length < 40) footer.push(0);
  return Uint8Array.from([...bytes, ...footer, 0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]);
}

function block(entries: readonly [string, number[]][]): number[] {
  let before = "";
  const bytes = entries.flatMap(([key, value]) => {
    let shared = 0;
    while (shared < key.length && key[shared] === before[shared]) shared++;
    before = key;
    const own = [...Buffer.from(key.slice(shared))];
    return [...varint(shared), ...varint(own.length), ...varint(value.length), ...own, ...value];
  });
  return [...bytes, 0, 0, 0, 0, 1, 0, 0, 0]; // one restart, at 0
}

/** Snappy that copies nothing. */
function literalSnappy(content: readonly number[]): number[] {
  const bytes = varint(content.length);
  for (let at = 0; at < content.length; at += 60) {
    const part = content.slice(at, at + 60);
    bytes.push((part.length - 1) << 2, ...part);
  }
  return bytes;
}

function nested(field: number, content: readonly number[]): number[] {
  return [(field << 3) | 2, ...varint(content.length), ...content];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return [...bytes, value];
}
