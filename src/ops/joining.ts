/** @file Putting tensors together along an axis, and cutting one apart: each is the other's gradient. */
import { UserError } from "../errors.ts";
import {
  apply,
  formatShape,
  primitive,
  primitiveWithOutputs,
  sameShape,
  Tensor,
} from "../graph/index.ts";
import type { NumericArray, Op, Operation, Shape } from "../graph/index.ts";
import { around, axisOf } from "./axes.ts";
import { zeros } from "./create.ts";
import { slice } from "./movement.ts";
import { expandDims } from "./rearrange.ts";

const concatOperation = primitive<readonly Tensor[], { readonly axis: number }>({
  name: "concat",
  infer(inputs, { axis }) {
    const [first] = inputs;
    const at = axisOf("concat", first.shape, axis);
    const fits = (x: Tensor) =>
      x.dtype === first.dtype && sameShape(x.shape.with(at, 0), first.shape.with(at, 0));
    if (!inputs.every((x) => x.shape.length === first.shape.length && fits(x))) {
      const got = inputs.map((x) => `${x.dtype} ${formatShape(x.shape)}`).join(", ");
      throw new UserError(`concat: expected tensors alike but for axis ${axis}, got ${got}.`);
    }
    const length = inputs.reduce((total, x) => total + x.shape[at], 0);
    return { shape: first.shape.with(at, length), dtype: first.dtype };
  },
  reference(inputs, { axis }, allocate) {
    const [first] = inputs;
    const at = axisOf("concat", first.shape, axis);
    const length = inputs.reduce((total, x) => total + x.shape[at], 0);
    const y = allocate(first.dtype, first.shape.with(at, length));
    const { outer, inner } = around(y.shape, at);
    const chunks: [NumericArray, number][] = inputs.map((x) => [x.data, x.shape[at] * inner]);
    let to = 0;
    for (let row = 0; row < outer; row++) {
      for (const [data, width] of chunks) {
        y.data.set(data.subarray(row * width, (row + 1) * width), to);
        to += width;
      }
    }
    return y;
  },
  onnx(emit, inputs, { output, attributes }) {
    const axis = axisOf("concat", output.shape, attributes.axis);
    return (axis === 0 && emit.stack(inputs)) || emit("Concat", inputs, { axis });
  },
  gradient(dy, { inputs, attributes: { axis } }) {
    let end = 0;
    return inputs.map((x) => {
      const start = end;
      end += x.shape.at(axis)!;
      return slice(dy, { axis, start, end });
    });
  },
}).operation;

/** Tensors joined along an axis. */
export const concat: ((
  tensors: readonly Tensor[],
  options: { readonly axis: number },
) => Tensor) & { readonly operation: Operation } = Object.assign(
  (tensors: readonly Tensor[], options: { readonly axis: number }) => {
    if (tensors.length === 0)
      throw new UserError("concat: expected at least one tensor, got none.");
    return apply(concatOperation, tensors, options)[0];
  },
  { operation: concatOperation },
);

/** Tensors of one shape joined along a new axis. */
export function stack(tensors: readonly Tensor[], { axis = 0 } = {}): Tensor {
  const widened = tensors.map((x) => expandDims(x, axis));
  return concat(widened, { axis });
}

interface Parts {
  readonly parts: number;
  readonly axis: number;
}

function partShape(shape: Shape, { parts, axis }: Parts): Shape {
  const at = axisOf("split", shape, axis);
  const length = shape[at] / parts;
  if (parts >= 1 && Number.isInteger(length)) return shape.with(at, length);
  throw new UserError(
    `split: expected an axis of a length that ${parts} divides, got axis ${axis} of ${formatShape(shape)}.`,
  );
}

const splitInto: Op<[x: Tensor], Parts, readonly Tensor[]> = primitiveWithOutputs({
  name: "split",
  infer([x], options) {
    const spec = { shape: partShape(x.shape, options), dtype: x.dtype };
    return Array.from({ length: options.parts }, () => spec);
  },
  reference([x], options, allocate) {
    const shape = partShape(x.shape, options);
    const at = axisOf("split", shape, options.axis);
    const { outer, length, inner } = around(shape, at);
    const width = length * inner;
    return Array.from({ length: options.parts }, (_, part) => {
      const y = allocate(x.dtype, shape);
      for (let row = 0; row < outer; row++) {
        const start = (row * options.parts + part) * width;
        y.data.set(x.data.subarray(start, start + width), row * width);
      }
      return y;
    });
  },
  onnx: (emit, [x], { inputs, attributes: { parts, axis } }) =>
    emit.many("Split", [x], parts, {
      axis: axisOf("split", inputs[0].shape, axis),
      num_outputs: parts,
    }),
  gradient: (dys, { outputs, attributes: { axis } }) => [
    concat(
      dys.map((dy, part) => dy ?? zeros(outputs[part].shape)),
      { axis },
    ),
  ],
});

/** `x` cut into `parts` of equal length along an axis (the last, unless said). */
export function split(x: Tensor, parts: number, { axis = -1 } = {}): readonly Tensor[] {
  return splitInto(x, { parts, axis });
}
split.operation = splitInto.operation;
