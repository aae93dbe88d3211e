/** What a layer keeps of the tokens that it has read, so that a text can go on without being read anew. */
export interface LayerMemory {
  /** Numbers kept of each token. */
  readonly numbersPerToken: number;
  /** The last tokens of which it needs them; all unless said. */
  readonly windowSize?: number | undefined;
  /** Numbers kept however long the text is; none unless said. */
  readonly fixedNumbers?: number;
}
