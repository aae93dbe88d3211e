export { bitsPerByte, LossEvaluator } from "./loss.ts";
export type { Examples, HasLoss } from "./loss.ts";
