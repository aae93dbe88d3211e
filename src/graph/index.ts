export * from "./blocks.ts";
export * from "./evaluate.ts";
export * from "./operation.ts";
export * from "./parameter.ts";
export * from "./tensor.ts";
export * from "./trace.ts";
export * from "./traversal.ts";
