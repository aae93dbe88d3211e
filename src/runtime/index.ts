export { compile, defaultRuntime } from "./compile.ts";
export type { Compiled, CompileOptions, RuntimeName } from "./compile.ts";
export { dimension } from "./dimensions.ts";
export type { InputSpec, NamedDimension } from "./dimensions.ts";
