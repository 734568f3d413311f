import type { LayerIndex } from '@sluice/layer';

/** The chunks of a layer in the order in which they lie in the blob: positions from 0. */
export interface BlobOrder {
  chunkAt(position: number): number;
  positionOf(chunk: number): number;
  /** The first position whose chunk begins at that byte of the blob or behind it. */
  firstFrom(blobOffset: number): number;
}

/** Costs nothing where chunks are numbered in that order, as in layers whose table of contents is in tar order. */
export function createBlobOrder(index: LayerIndex): BlobOrder {
  const { blobOffset } = index.chunks;
  const sorted = isAscending(blobOffset) ? undefined : sortedBy(blobOffset);
  const positions = sorted && inverse(sorted);
  const chunkAt = (position: number) => sorted?.[position] ?? position;
  return {
    chunkAt,
    positionOf: (chunk) => positions?.[chunk] ?? chunk,
    firstFrom(offset) {
      let low = 0;
      let high = index.chunkCount;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (blobOffset[chunkAt(middle)]! < offset) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
}

function isAscending(column: Float64Array): boolean {
  for (let i = 1; i < column.length; i++) if (column[i]! < column[i - 1]!) return false;
  return true;
}

function sortedBy(column: Float64Array): Uint32Array {
  return new Uint32Array(column.keys()).sort((a, b) => column[a]! - column[b]! || a - b);
}

function inverse(permutation: Uint32Array): Uint32Array {
  const result = new Uint32Array(permutation.length);
  permutation.forEach((value, at) => {
    result[value] = at;
  });
  return result;
}
