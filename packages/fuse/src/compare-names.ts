/** Orders a name that stands in a larger buffer against another, bytewise: below, equal to or above 0. */
export function compareNames(names: Uint8Array, offset: number, length: number, other: Uint8Array): number {
  const shorter = Math.min(length, other.length);
  for (let i = 0; i < shorter; i++) {
    const difference = names[offset + i]! - other[i]!;
    if (difference !== 0) return difference;
  }
  return length - other.length;
}
