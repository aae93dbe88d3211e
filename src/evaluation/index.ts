export { bitsPerByte, LossEvaluator } from "./loss.ts";
export type { Examples, HasLoss } from "./loss.ts";
export { textLoss } from "./text-loss.ts";
export type { TextLoss, TextLossOptions } from "./text-loss.ts";
