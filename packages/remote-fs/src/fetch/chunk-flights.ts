import type { RangeFlight } from './range-flight.ts';

/** Which chunks are being fetched now, by whichever layer. */
export interface ChunkFlights {
  /** The flight that brings this chunk of the content with that name; undefined if there is none to wait for. */
  find(name: Uint8Array, chunk: number): ChunkFlight | undefined;
  /** Names the flight that brings the chunk, until it settles or another one is named. */
  begin(name: Uint8Array, chunk: number, flight: ChunkFlight): void;
}

/** One chunk of a flight. */
export interface ChunkFlight {
  readonly flight: RangeFlight;
  /** Its number in the layer that the flight is of. */
  readonly chunk: number;
}

export function createChunkFlights(): ChunkFlights {
  const flights = new Map<string, ChunkFlight>();
  return {
    find(name, chunk) {
      const found = flights.get(keyOf(name, chunk));
      return found?.flight.abandoned ? undefined : found;
    },
    begin(name, chunk, own) {
      const key = keyOf(name, chunk);
      flights.set(key, own);
      void own.flight.settled.then(() => {
        if (flights.get(key) === own) flights.delete(key);
      });
    },
  };
}

function keyOf(name: Uint8Array, chunk: number): string {
  return `${Buffer.from(name).toString('latin1')}/${chunk}`;
}
