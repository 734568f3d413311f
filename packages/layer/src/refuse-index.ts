import { LayerError } from './layer-error.ts';

/** Says that a saved index contradicts itself. @throws LayerError CORRUPT */
export function refuseIndex(what: string, number: number): never {
  throw new LayerError(
    'CORRUPT',
    `saved layer index: ${what} ${number} contradicts the rest: delete it, and it is made again`,
  );
}
