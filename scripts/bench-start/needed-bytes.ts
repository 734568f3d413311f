/**
 * Compressed bytes of the chunks that a start reads, as a profile of Sluice says: of each layer, ranges of the blob,
 * [offset, length], which are disjoint.
 */
export function neededBytes(profile: string): number {
  const { layers } = JSON.parse(profile) as { layers: Record<string, [number, number][]> };
  return Object.values(layers).reduce(
    (sum, ranges) => sum + ranges.reduce((inLayer, [, length]) => inLayer + length, 0),
    0,
  );
}
