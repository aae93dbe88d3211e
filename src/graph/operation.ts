/**
 * @file An operation is one kind of node. A primitive knows its shape rule, its reference kernel, its ONNX spelling
 * and its gradient; a composite is a function over operations that may add a fused spelling and a gradient of its own.
 * A node points at its operation: there is no registry and no look-up by name.
 */
import type { Bits } from "./blocks.ts";
import { Tensor } from "./tensor.ts";
import type { DType, NumericArray, Shape, Spec } from "./tensor.ts";

/** Numbers with a shape: what a reference kernel takes and gives. */
export interface Values extends Spec {
  readonly data: NumericArray;
}

/** Makes room for a result. Float results follow the interpreter's precision (float32, or float64 in tests). */
export type Allocate = (dtype: DType, shape: Shape) => Values;

/** The name of a value in an emitted model. */
export interface Ref {
  readonly ref: string;
}

/** An ONNX attribute that must be written as a float: `float(1)`. Plain numbers are written as integers. */
export interface FloatAttribute {
  readonly float: number;
}
export const float = (value: number): FloatAttribute => ({ float: value });

export type OnnxAttributes = Readonly<
  Record<string, number | readonly number[] | string | FloatAttribute>
>;

/** A matrix in blocks (see `Blocks`); an operator that knows them reads these instead of float32 numbers. */
export interface BlockRefs {
  readonly bits: Bits;
  /** The bytes, in the shape that the operator wants. */
  quants(shape: Shape): Ref;
  /** One for each block, in the shape that the operator wants. */
  scales(shape: Shape): Ref;
}

/** Writes one ONNX node and returns its first output. Contrib operators are spelt `com.microsoft.Name`. */
export interface Emit {
  (operator: string, inputs: readonly (Ref | undefined)[], attributes?: OnnxAttributes): Ref;
  /** The same for a node with several outputs. */
  many(
    operator: string,
    inputs: readonly (Ref | undefined)[],
    outputs: number,
    attributes?: OnnxAttributes,
  ): Ref[];
  /** Lengths and positions as an int64 vector; the only numbers of a model that may follow a named dimension. */
  ints(values: readonly number[]): Ref;
  /** A scalar constant. */
  scalar(value: number, dtype: DType): Ref;
  /** The value as another dtype. */
  cast(value: Ref, dtype: DType): Ref;
  /** What `weight` is stored as, where that is in blocks of few bits. */
  blocks(weight: Ref): BlockRefs | undefined;
  /** `weights` one below the other, still in blocks; undefined unless all of them are stored so. */
  stack(weights: readonly Ref[]): Ref | undefined;
  /** Whether the device has this operator; most operations need not ask, since what a device lacks runs on the CPU. */
  has(operator: string): boolean;
}

export interface Node<In extends readonly Tensor[] = readonly Tensor[], A = unknown> {
  readonly operation: Operation;
  readonly inputs: In;
  readonly attributes: A;
  readonly outputs: readonly Tensor[];
  readonly output: Tensor;
  /** What a composite is made of: one tensor for each output. */
  readonly body: readonly Tensor[] | undefined;
}

/** An operation with its types erased, as traversals see it. */
export interface Operation {
  readonly name: string;
  infer(inputs: readonly Tensor[], attributes: unknown): readonly Spec[];
  readonly reference:
    | ((inputs: readonly Values[], attributes: unknown, allocate: Allocate) => readonly Values[])
    | undefined;
  readonly onnx:
    ((emit: Emit, inputs: readonly Ref[], node: Node) => readonly Ref[] | undefined) | undefined;
  /** Absent for a composite that is differentiated through its body. */
  readonly gradient:
    | "none"
    | ((dys: readonly (Tensor | undefined)[], node: Node) => readonly (Tensor | "none")[])
    | undefined;
  readonly body:
    ((inputs: readonly Tensor[], attributes: unknown) => readonly Tensor[]) | undefined;
  /** The sum of a node's first output and another tensor, where there is a cheaper way than adding. */
  readonly addTo?: ((sum: Tensor, node: Node) => Tensor | undefined) | undefined;
}

type Each<In extends readonly unknown[], T> = { readonly [K in keyof In]: T };
type Refs<In extends readonly unknown[]> = { readonly [K in keyof In]: Ref };
type Gradients<In extends readonly unknown[]> = { readonly [K in keyof In]: Tensor | "none" };

/** The four rules of a primitive with one output. `gradient` has one entry per input, or is `"none"`. */
export interface Rules<In extends readonly Tensor[], A> {
  readonly name: string;
  infer(inputs: In, attributes: A): Spec;
  reference(inputs: Each<In, Values>, attributes: A, allocate: Allocate): Values;
  onnx(emit: Emit, inputs: Refs<In>, node: Node<In, A>): Ref;
  readonly gradient: "none" | ((dy: Tensor, node: Node<In, A>) => Gradients<In>);
  /** The sum of the result and another tensor, where there is a cheaper way than adding. */
  addTo?(sum: Tensor, node: Node<In, A>): Tensor | undefined;
}

/** The four rules of a primitive with several outputs; an output that nothing depends on has no `dy`. */
export interface ManyRules<In extends readonly Tensor[], A> {
  readonly name: string;
  infer(inputs: In, attributes: A): readonly Spec[];
  reference(inputs: Each<In, Values>, attributes: A, allocate: Allocate): readonly Values[];
  onnx(emit: Emit, inputs: Refs<In>, node: Node<In, A>): readonly Ref[];
  readonly gradient:
    "none" | ((dys: readonly (Tensor | undefined)[], node: Node<In, A>) => Gradients<In>);
}

/** A function over operations. `onnx` may answer `undefined` where the fused operator does not apply. */
export interface CompositeRules<In extends readonly Tensor[], A> {
  readonly name: string;
  body(inputs: In, attributes: A): Tensor;
  onnx?(emit: Emit, inputs: Refs<In>, node: Node<In, A>): Ref | undefined;
  gradient?(dy: Tensor, node: Node<In, A>): Gradients<In>;
}

export interface ManyCompositeRules<In extends readonly Tensor[], A> {
  readonly name: string;
  body(inputs: In, attributes: A): readonly Tensor[];
  onnx?(emit: Emit, inputs: Refs<In>, node: Node<In, A>): readonly Ref[] | undefined;
  gradient?(dys: readonly (Tensor | undefined)[], node: Node<In, A>): Gradients<In>;
}

type Arguments<In extends readonly Tensor[], A> = [A] extends [undefined]
  ? [...inputs: In]
  : undefined extends A
    ? [...inputs: In, attributes?: A]
    : [...inputs: In, attributes: A];

/** An operation that can be called: inputs first, attributes last. */
export type Op<In extends readonly Tensor[], A = undefined, Result = Tensor> = ((
  ...args: Arguments<In, A>
) => Result) & { readonly operation: Operation };

export function primitive<In extends readonly Tensor[], A = undefined>(
  rules: Rules<In, A>,
): Op<In, A, Tensor> {
  const { addTo } = rules as unknown as Operation;
  return callable({ ...erase(many(rules)), addTo }, (outputs) => outputs[0]);
}

export function primitiveWithOutputs<In extends readonly Tensor[], A = undefined>(
  rules: ManyRules<In, A>,
): Op<In, A, readonly Tensor[]> {
  return callable(erase(rules), (outputs) => outputs);
}

export function composite<In extends readonly Tensor[], A = undefined>(
  rules: CompositeRules<In, A>,
): Op<In, A, Tensor> {
  const { onnx, gradient } = rules;
  return callable(
    eraseComposite({
      name: rules.name,
      body: (inputs: In, attributes: A) => [rules.body(inputs, attributes)],
      ...(onnx && {
        onnx: (emit: Emit, inputs: Refs<In>, node: Node<In, A>) => {
          const ref = onnx(emit, inputs, node);
          return ref && [ref];
        },
      }),
      ...(gradient && {
        gradient: (dys: readonly (Tensor | undefined)[], node: Node<In, A>) =>
          gradient(dys[0]!, node),
      }),
    }),
    (outputs) => outputs[0],
  );
}

export function compositeWithOutputs<In extends readonly Tensor[], A = undefined>(
  rules: ManyCompositeRules<In, A>,
): Op<In, A, readonly Tensor[]> {
  return callable(eraseComposite(rules), (outputs) => outputs);
}

/** Adds a node to the graph and returns its outputs. */
export function apply(
  operation: Operation,
  inputs: readonly Tensor[],
  attributes: unknown,
): readonly Tensor[] {
  const body = operation.body?.(inputs, attributes);
  const specs = body ?? operation.infer(inputs, attributes);
  const outputs: Tensor[] = [];
  const node: Node = {
    operation,
    inputs,
    attributes,
    outputs,
    body,
    get output() {
      return outputs[0];
    },
  };
  for (const [index, spec] of specs.entries()) outputs.push(new Tensor(spec, node, index));
  return outputs;
}

function many<In extends readonly Tensor[], A>(rules: Rules<In, A>): ManyRules<In, A> {
  const { gradient } = rules;
  return {
    name: rules.name,
    infer: (inputs, attributes) => [rules.infer(inputs, attributes)],
    reference: (inputs, attributes, allocate) => [rules.reference(inputs, attributes, allocate)],
    onnx: (emit, inputs, node) => [rules.onnx(emit, inputs, node)],
    gradient: gradient === "none" ? "none" : (dys, node) => gradient(dys[0]!, node),
  };
}

function erase<In extends readonly Tensor[], A>(rules: ManyRules<In, A>): Operation {
  return { ...(rules as unknown as Operation), body: undefined };
}

function eraseComposite<In extends readonly Tensor[], A>(
  rules: ManyCompositeRules<In, A>,
): Operation {
  const { body, onnx, gradient, name } = rules as unknown as Operation;
  return { name, body, onnx, gradient, infer: body!, reference: undefined };
}

function callable<In extends readonly Tensor[], A, Result>(
  operation: Operation,
  pick: (outputs: readonly Tensor[]) => Result,
): Op<In, A, Result> {
  const call = (...args: unknown[]) => {
    const count = args.findIndex((argument) => !(argument instanceof Tensor));
    const inputs = (count < 0 ? args : args.slice(0, count)) as Tensor[];
    return pick(apply(operation, inputs, count < 0 ? undefined : args[count]));
  };
  return Object.assign(call, { operation }) as Op<In, A, Result>;
}
