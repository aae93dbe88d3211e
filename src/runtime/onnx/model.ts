/** An ONNX model as plain data, and its encoding as a `ModelProto` (https://onnx.ai/onnx/repo-docs/IR.html). */
import { checkTensor, elementCount, elementTypes } from "./element-type.ts";
import type { OnnxDType, TensorData, TensorValue } from "./element-type.ts";
import { MessageWriter } from "./protobuf.ts";

/** A graph input or output; a string in the shape is a named dimension, free at run time. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly shape: readonly (number | string)[];
}

/** A node attribute. The key says the type, so that `{ float: 1 }` never becomes an integer. */
export type OnnxAttribute =
  | { readonly int: number | bigint }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: TensorValue };

/** A node; an empty string among the inputs or outputs leaves out an optional one. */
export interface OnnxNode {
  readonly opType: string;
  readonly domain?: "" | "com.microsoft";
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly name?: string;
}

/** A constant of the graph. */
export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly shape: readonly number[];
  readonly data: TensorData;
  /** The data in pieces, one behind the other, for who need not have it in one. */
  pieces?(): Iterable<TensorData>;
}

/** A whole model: nodes in topological order, and what goes in and out. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly initializers: readonly OnnxInitializer[];
  readonly name?: string;
  /** Written as the producer's version, e.g. that of this package. */
  readonly producerVersion?: string;
}

/**
 * Opset of the default domain. 21 has every operation that we emit (LayerNormalization 17, Gelu 20). At 22 and 23, ONNX Runtime
 * 1.30 has no WebGPU kernels for Sin, Cos, Tan and Atan and leaves them to the CPU, and nothing else that we emit gains.
 */
export const onnxOpset = 21;
const microsoftOpset = 1;
const irVersion = 10; // the one that belongs to opset 21

/** Where an initializer's bytes lie outside the model: a file beside it, `offset` and `length` in bytes. */
export interface ExternalLocation {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** Initializers from this many bytes are external; smaller ones are often shapes, which the optimizer wants to read. */
export const externalThresholdBytes = 64 * 1024;

/** The big initializers by name; one that no node reads is not among them, since ONNX Runtime refuses to be given it. */
export function externalInitializers(model: OnnxModel): ReadonlyMap<string, OnnxInitializer> {
  const read = new Set(model.nodes.flatMap((node) => node.inputs));
  const external = model.initializers.filter(
    (initializer) => bytesOf(initializer) >= externalThresholdBytes && read.has(initializer.name),
  );
  return new Map(external.map((initializer) => [initializer.name, initializer]));
}

/** Size of its data; costs nothing where the data is yet to be made. */
export function bytesOf({ dtype, shape }: OnnxInitializer): number {
  return elementCount(shape) * elementTypes[dtype].sizeBytes;
}

/** The model with its external initializers as inputs: what a session that is given these loads. */
export function encodeForSession(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const given = externalInitializers(model);
  return encodeModel({
    ...model,
    initializers: model.initializers.filter(({ name }) => !given.has(name)),
    inputs: [...model.inputs, ...given.values()],
  });
}

const maxModelBytes = 2 ** 31 - 1; // protobuf's own limit

/** Encodes a model. Initializers with an entry in `external` are written as references, all others with their data. */
export function encodeModel(
  model: OnnxModel,
  external: ReadonlyMap<string, ExternalLocation> = new Map(),
): Uint8Array<ArrayBuffer> {
  const message = new MessageWriter();
  message.integer(1, irVersion);
  message.string(2, "scratchlm");
  if (model.producerVersion !== undefined) message.string(3, model.producerVersion);
  message.message(7, (graph) => writeGraph(graph, model, external));
  message.message(8, (opset) => writeOpset(opset, "", onnxOpset));
  message.message(8, (opset) => writeOpset(opset, "com.microsoft", microsoftOpset));
  if (message.length > maxModelBytes) {
    throw new Error(
      `encodeModel: expected at most ${maxModelBytes} bytes, got ${message.length}. ` +
        `Make big initializers external.`,
    );
  }
  return message.finish();
}

function writeOpset(message: MessageWriter, domain: string, version: number): void {
  message.string(1, domain);
  message.integer(2, version);
}

function writeGraph(
  message: MessageWriter,
  model: OnnxModel,
  external: ReadonlyMap<string, ExternalLocation>,
): void {
  for (const node of model.nodes) message.message(1, (each) => writeNode(each, node));
  message.string(2, model.name ?? "graph");
  for (const initializer of model.initializers) {
    const location = external.get(initializer.name);
    message.message(5, (each) => writeTensor(each, initializer.name, initializer, location));
  }
  for (const input of model.inputs) message.message(11, (each) => writeValueInfo(each, input));
  for (const output of model.outputs) message.message(12, (each) => writeValueInfo(each, output));
}

function writeNode(message: MessageWriter, node: OnnxNode): void {
  for (const input of node.inputs) message.string(1, input);
  for (const output of node.outputs) message.string(2, output);
  if (node.name !== undefined) message.string(3, node.name);
  message.string(4, node.opType);
  for (const [name, attribute] of Object.entries(node.attributes ?? {})) {
    message.message(5, (each) => writeAttribute(each, name, attribute));
  }
  if (node.domain) message.string(7, node.domain);
}

function writeAttribute(message: MessageWriter, name: string, attribute: OnnxAttribute): void {
  message.string(1, name);
  const type = 20; // the field that says which of the others is meant
  if ("float" in attribute) {
    message.float(2, attribute.float);
    message.integer(type, 1);
  } else if ("int" in attribute) {
    message.integer(3, attribute.int);
    message.integer(type, 2);
  } else if ("string" in attribute) {
    message.string(4, attribute.string);
    message.integer(type, 3);
  } else if ("tensor" in attribute) {
    message.message(5, (tensor) => writeTensor(tensor, "", attribute.tensor));
    message.integer(type, 4);
  } else if ("floats" in attribute) {
    message.floats(7, attribute.floats);
    message.integer(type, 6);
  } else if ("ints" in attribute) {
    message.integers(8, attribute.ints);
    message.integer(type, 7);
  } else {
    for (const value of attribute.strings) message.string(9, value);
    message.integer(type, 8);
  }
}

function writeTensor(
  message: MessageWriter,
  name: string,
  tensor: TensorValue,
  external?: ExternalLocation,
): void {
  checkTensor(`initializer "${name}"`, tensor);
  message.integers(1, tensor.shape);
  message.integer(2, elementTypes[tensor.dtype].code);
  if (name !== "") message.string(8, name);
  if (external === undefined) {
    const { buffer, byteOffset, byteLength } = tensor.data;
    message.bytes(9, new Uint8Array(buffer, byteOffset, byteLength));
    return;
  }
  for (const [key, value] of Object.entries(external)) {
    message.message(13, (entry) => {
      entry.string(1, key);
      entry.string(2, String(value));
    });
  }
  message.integer(14, 1); // data_location = EXTERNAL
}

function writeValueInfo(message: MessageWriter, value: OnnxValueInfo): void {
  message.string(1, value.name);
  message.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, elementTypes[value.dtype].code);
      tensor.message(2, (shape) => {
        for (const dimension of value.shape) shape.message(1, (each) => writeDim(each, dimension));
      });
    }),
  );
}

function writeDim(message: MessageWriter, dimension: number | string): void {
  if (typeof dimension === "string") message.string(2, dimension);
  else message.integer(1, dimension);
}
