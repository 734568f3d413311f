import { FuseError } from '@sluice/fuse';
import { LayerError, type LayerErrorCode } from '@sluice/layer';
import { RegistryError, type RegistryErrorCode } from '@sluice/registry';
import { NotLazyError, type NotLazyReason } from '@sluice/snapshotter-core';

const ofLayer: Record<LayerErrorCode, NotLazyReason> = {
  CORRUPT: 'corrupt',
  UNVERIFIED: 'unverified',
  UNSUPPORTED: 'unsupported-format',
  TOO_LARGE: 'unsupported-format',
};

const ofRegistry: Record<RegistryErrorCode, NotLazyReason> = {
  INVALID: 'no-labels',
  NOT_FOUND: 'not-found',
  UNAUTHORIZED: 'unauthorized',
  FORBIDDEN: 'unauthorized',
  UNAVAILABLE: 'registry-unavailable',
  BAD_RESPONSE: 'registry-unavailable',
};

/** Says of whatever kept a layer from being mounted what it means for the caller. */
export function toNotLazyError(error: unknown, layerDigest: string): NotLazyError {
  if (error instanceof NotLazyError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new NotLazyError(reasonOf(error), `layer ${layerDigest}: ${message}`, { cause: error });
}

function reasonOf(error: unknown): NotLazyReason {
  if (error instanceof LayerError) return ofLayer[error.code];
  if (error instanceof RegistryError) return ofRegistry[error.code];
  if (error instanceof FuseError) return 'mount-failed';
  return 'internal';
}
