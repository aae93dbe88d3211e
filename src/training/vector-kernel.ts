/**
 * @file A kernel is a formula that is applied to every element of some float32 buffers in place. It is written once, over
 * `Lanes`, and assembled twice: four elements at a time, and one at a time for the last three or fewer.
 */
import {
  getLocal,
  instruction,
  loadFloat32,
  loadVector,
  repeatUntil,
  setLocal,
  smallConstant,
  storeFloat32,
  storeVector,
} from "../wasm/index.ts";
import type { Code, ValueType } from "../wasm/index.ts";
import type { WasmFunction } from "../wasm/index.ts";

/** Arithmetic on four numbers or on one. */
export interface Lanes {
  readonly type: "v128" | "f32";
  readonly sizeBytes: number;
  load(address: Code): Code;
  store(address: Code, value: Code): Code;
  /** A float32 in every lane. */
  splat(value: Code): Code;
  add(a: Code, b: Code): Code;
  sub(a: Code, b: Code): Code;
  mul(a: Code, b: Code): Code;
  div(a: Code, b: Code): Code;
  sqrt(a: Code): Code;
}

const four: Lanes = {
  type: "v128",
  sizeBytes: 16,
  load: loadVector,
  store: storeVector,
  splat: (value) => instruction("f32x4.splat", value),
  add: (a, b) => instruction("f32x4.add", a, b),
  sub: (a, b) => instruction("f32x4.sub", a, b),
  mul: (a, b) => instruction("f32x4.mul", a, b),
  div: (a, b) => instruction("f32x4.div", a, b),
  sqrt: (a) => instruction("f32x4.sqrt", a),
};

const one: Lanes = {
  type: "f32",
  sizeBytes: 4,
  load: loadFloat32,
  store: storeFloat32,
  splat: (value) => value,
  add: (a, b) => instruction("f32.add", a, b),
  sub: (a, b) => instruction("f32.sub", a, b),
  mul: (a, b) => instruction("f32.mul", a, b),
  div: (a, b) => instruction("f32.div", a, b),
  sqrt: (a) => instruction("f32.sqrt", a),
};

/** What a formula may use besides arithmetic: its buffers, scalars and temporaries by name. */
export interface Elements<B extends string, S extends string, T extends string> extends Lanes {
  read(buffer: B): Code;
  write(buffer: B, value: Code): Code;
  scalar(name: S): Code;
  get(temporary: T): Code;
  set(temporary: T, value: Code): Code;
}

/** A kernel by its formula; `scalars` are float32 numbers that are the same for all elements. */
export interface KernelDefinition<B extends string, S extends string, T extends string> {
  readonly name: string;
  readonly buffers: readonly B[];
  readonly scalars: readonly S[];
  readonly temporaries: readonly T[];
  formula(elements: Elements<B, S, T>): readonly Code[];
}

/** A kernel that can be put into a module; it takes addresses of buffers, the number of elements, then scalars. */
export interface Kernel<B extends string = string, S extends string = string> {
  readonly buffers: readonly B[];
  readonly scalars: readonly S[];
  readonly function: WasmFunction;
}

/** Assembles a kernel from its formula. */
export function vectorKernel<B extends string, S extends string, T extends string = never>(
  definition: KernelDefinition<B, S, T>,
): Kernel<B, S> {
  const { name, buffers, scalars, temporaries } = definition;
  const parameters = kernelParameters(buffers.length, scalars.length);
  const single = { scalars: buffers.length + 1, temporaries: parameters.length + numLoopLocals };
  const vectorScalars = single.temporaries + temporaries.length;
  const vector = { scalars: vectorScalars, temporaries: vectorScalars + scalars.length };
  const splats = scalars.map((_, index) =>
    setLocal(vector.scalars + index, four.splat(getLocal(single.scalars + index))),
  );
  const loops = overElements(buffers.length, parameters.length, {
    four: formulaOver(four, definition, vector),
    one: formulaOver(one, definition, single),
  });
  const vectorLocals = [...scalars, ...temporaries].map(() => four.type);
  const locals = [...loopLocals, ...temporaries.map(() => one.type), ...vectorLocals];
  const body = [...splats.flat(), ...loops];
  return { buffers, scalars, function: { name, parameters, result: undefined, locals, body } };
}

/** The formula's code, with scalars and temporaries in consecutive locals from the given ones on. */
function formulaOver<B extends string, S extends string, T extends string>(
  lanes: Lanes,
  { buffers, scalars, temporaries, formula }: KernelDefinition<B, S, T>,
  first: { readonly scalars: number; readonly temporaries: number },
): Code {
  const address = (buffer: B) => getLocal(buffers.indexOf(buffer));
  const temporary = (name: T) => first.temporaries + temporaries.indexOf(name);
  return formula({
    ...lanes,
    read: (buffer) => lanes.load(address(buffer)),
    write: (buffer, value) => lanes.store(address(buffer), value),
    scalar: (name) => getLocal(first.scalars + scalars.indexOf(name)),
    get: (name) => getLocal(temporary(name)),
    set: (name, value) => setLocal(temporary(name), value),
  }).flat();
}

/** Addresses of buffers, the number of elements, scalars. */
export function kernelParameters(numBuffers: number, numScalars: number): ValueType[] {
  return [
    ...Array.from({ length: numBuffers + 1 }, () => "i32" as const),
    ...Array.from({ length: numScalars }, () => "f32" as const),
  ];
}

/** Locals that `overElements` uses: where vectors end and where elements end. They come first. */
export const loopLocals: readonly ValueType[] = ["i32", "i32"];
const numLoopLocals = loopLocals.length;

/**
 * Code that walks `numBuffers` buffers together: `four` as long as four elements are left, then `one`.
 * Addresses and the number of elements are the first parameters; `firstLocal` is the first of `loopLocals`.
 */
export function overElements(
  numBuffers: number,
  firstLocal: number,
  bodies: { readonly four: Code; readonly one: Code },
): Code {
  const [vectorEnd, end] = [firstLocal, firstLocal + 1];
  const count = getLocal(numBuffers);
  const endOf = (elements: Code) =>
    instruction("i32.add", getLocal(0), instruction("i32.shl", elements, smallConstant(2)));
  const walk = (body: Code, until: number, sizeBytes: number) => {
    const advance = Array.from({ length: numBuffers }, (_, index) =>
      setLocal(index, instruction("i32.add", getLocal(index), smallConstant(sizeBytes))),
    );
    const isDone = instruction("i32.ge_u", getLocal(0), getLocal(until));
    return repeatUntil(isDone, [...body, ...advance.flat()]);
  };
  return [
    ...setLocal(end, endOf(count)),
    ...setLocal(vectorEnd, endOf(instruction("i32.and", count, smallConstant(-4)))),
    ...walk(bodies.four, vectorEnd, four.sizeBytes),
    ...walk(bodies.one, end, one.sizeBytes),
  ];
}
