/**
 * @file Merges as SentencePiece has them. A `tokenizer.json` lists pairs in the order in which they are merged; SentencePiece
 * gives each piece a score and merges the two neighbours whose union scores highest. A piece's score is therefore minus the
 * place of the first merge that makes it, and the merges of a piece are all ways to cut it into two other pieces.
 */

/** Scores of `pieces`, from merges in their order. What no merge makes gets a score below all others. */
export function scoresOf(
  pieces: readonly string[],
  merges: readonly (readonly [string, string])[],
): Float32Array {
  const ranks = new Map<string, number>();
  merges.forEach(([left, right], rank) => {
    const piece = left + right;
    if (!ranks.has(piece)) ranks.set(piece, rank);
  });
  return Float32Array.from(pieces, (piece) => -(ranks.get(piece) ?? merges.length));
}

/** Merges in their order, from the scores of the pieces that merges may make. */
export function mergesOf(
  vocabulary: ReadonlyMap<string, number>,
  scores: ArrayLike<number>,
  isMergeable: (id: number) => boolean,
): [string, string][] {
  const found: { readonly pair: [string, string]; readonly score: number }[] = [];
  const isPiece = (part: string) => {
    const id = vocabulary.get(part);
    return id !== undefined && isMergeable(id);
  };
  for (const [piece, id] of vocabulary) {
    if (!isMergeable(id)) continue;
    for (const at of cutsOf(piece)) {
      const pair: [string, string] = [piece.slice(0, at), piece.slice(at)];
      if (pair.every(isPiece)) {
        found.push({ pair, score: scores[id] });
      }
    }
  }
  // Of one piece's merges, which may stand in any order, those with the longer left part come first.
  found.sort((a, b) => b.score - a.score || b.pair[0].length - a.pair[0].length);
  return found.map(({ pair }) => pair);
}

/** Places inside `piece` that do not cut a character in two. */
function* cutsOf(piece: string): Generator<number> {
  for (let at = 1; at < piece.length; at++) {
    const isLowSurrogate = (piece.charCodeAt(at) & 0xfc00) === 0xdc00;
    if (!isLowSurrogate) yield at;
  }
}
