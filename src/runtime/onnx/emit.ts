/** @file Spells a graph of tensors as an ONNX model. */
import { Constant, Parameter } from "../../graph/index.ts";
import type { Node, Ref, Tensor } from "../../graph/index.ts";
import { GraphBuilder } from "./graph-builder.ts";
import type { OnnxModel, OnnxValueInfo } from "./model.ts";

export interface EmitOptions {
  /** Leaves that are fed at each run, by the name under which the model takes them. */
  readonly inputs: ReadonlyMap<Tensor, string>;
  /** Whether composites may take their fused spelling; default true. */
  readonly isFused?: boolean;
  /** Whether lengths in the graph may follow a named dimension; default false. */
  readonly hasFreeLengths?: boolean;
  /** Operators that the device does not have. */
  readonly lacking?: ReadonlySet<string>;
}

/**
 * The model that computes `outputs`, named `output_0`, `output_1`, ….
 * Constants, and parameters that are not among the inputs, become initializers.
 */
export function emitModel(outputs: readonly Tensor[], options: EmitOptions): OnnxModel {
  const builder = new GraphBuilder({
    sharesInts: !options.hasFreeLengths,
    ...(options.lacking && { lacking: options.lacking }),
  });
  const refs = new Map<Tensor, Ref>();
  const inputs: OnnxValueInfo[] = [];
  for (const [tensor, name] of options.inputs) {
    refs.set(tensor, { ref: name });
    inputs.push({ name, dtype: tensor.dtype, shape: tensor.shape });
  }
  emitAll(outputs, builder, refs, options.isFused ?? true);
  for (const [index, tensor] of outputs.entries()) {
    const output = `output_${index}`;
    builder.nodes.push({
      opType: "Identity",
      inputs: [refs.get(tensor)!.ref],
      outputs: [output],
    });
  }
  return {
    nodes: builder.nodes,
    initializers: builder.initializers,
    inputs,
    outputs: outputs.map(({ dtype, shape }, index) => ({ name: `output_${index}`, dtype, shape })),
  };
}

/** Emits what `outputs` rest on, dependencies first, with an explicit stack. */
function emitAll(
  outputs: readonly Tensor[],
  builder: GraphBuilder,
  refs: Map<Tensor, Ref>,
  isFused: boolean,
): void {
  const unfused = new Set<Node>();
  const stack = [...outputs].reverse();
  while (stack.length > 0) {
    const tensor = stack[stack.length - 1];
    const node = tensor.origin;
    if (refs.has(tensor)) {
      stack.pop();
    } else if (!node) {
      refs.set(tensor, emitLeaf(tensor, builder));
    } else {
      const isBody = node.body && (!isFused || !node.operation.onnx || unfused.has(node));
      const missing = (isBody ? node.body! : node.inputs).filter((x) => !refs.has(x));
      if (missing.length > 0) stack.push(...missing.reverse());
      else if (isBody) aliasBody(node, refs);
      else if (!emitNode(node, builder, refs)) unfused.add(node);
    }
  }
}

function emitNode(node: Node, builder: GraphBuilder, refs: Map<Tensor, Ref>): boolean {
  const inputs = node.inputs.map((input) => refs.get(input)!);
  const results = node.operation.onnx!(builder.emit, inputs, node);
  results?.forEach((ref, index) => refs.set(node.outputs[index], ref));
  return results !== undefined;
}

function aliasBody(node: Node, refs: Map<Tensor, Ref>): void {
  for (const [index, tensor] of node.body!.entries()) {
    refs.set(node.outputs[index], refs.get(tensor)!);
  }
}

function emitLeaf(tensor: Tensor, builder: GraphBuilder): Ref {
  const { dtype, shape } = tensor;
  if (!(tensor instanceof Constant || tensor instanceof Parameter)) {
    throw new Error("emit: expected every input of the graph among the model's inputs.");
  }
  if (tensor instanceof Constant && tensor.size === 1 && shape.length === 0) {
    return builder.emit.scalar(tensor.data[0], dtype);
  }
  const blocks = tensor instanceof Parameter ? tensor.blocks : undefined;
  if (blocks) return builder.blockWeight(blocks, shape);
  return builder.initializer({ dtype, shape, data: tensor.data });
}
