/** HAProxy takes weights from 0 to 256; 0 is none. */
const HEAVIEST = 256;

/** A server's weight by version: that of each of `newer` servers, and of each of `older` ones. */
export interface SharedWeights {
  readonly newer: number;
  readonly older: number;
}

/**
 * Whole weights with which `newer` servers together get as near to `percent` (1 to 99) of the requests as HAProxy's range allows,
 * beside `older` ones. Both versions always have some.
 */
export function sharedWeights(percent: number, newer: number, older: number): SharedWeights {
  const shareOf = (weights: SharedWeights): number => (weights.newer * newer) / (weights.newer * newer + weights.older * older);
  const ratio = (percent * older) / ((100 - percent) * newer);
  const candidates = Array.from({ length: HEAVIEST }, (_, index) => pair(index + 1, ratio));
  const errorOf = (weights: SharedWeights): number => Math.abs(shareOf(weights) - percent / 100);
  return candidates.reduce((best, next) => (errorOf(next) < errorOf(best) ? next : best));
}

/** Weights of which the heavier one is given, as near to a ratio as can be. */
function pair(heavier: number, ratio: number): SharedWeights {
  const lighter = (share: number): number => Math.max(1, Math.round(heavier * share));
  return ratio <= 1 ? { newer: lighter(ratio), older: heavier } : { newer: heavier, older: lighter(1 / ratio) };
}
