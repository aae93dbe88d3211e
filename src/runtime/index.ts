export { compile, defaultRuntime } from "./compile.ts";
export type { Compiled, CompileOptions, RuntimeName } from "./compile.ts";
export { dimension } from "./dimensions.ts";
export type { InputSpec, NamedDimension } from "./dimensions.ts";
export { chooseDevice } from "./device-choice.ts";
export type { DeviceChoice } from "./device-choice.ts";
export { Pacer } from "./pacer.ts";
