export type { ImageReference } from './image-reference.ts';
export type {
  OpenBlobOptions,
  RegistryBlob,
  RegistryCallOptions,
  RegistryClient,
  RegistryManifest,
} from './registry-client.ts';
export { RegistryError, type RegistryErrorCode } from './registry-error.ts';
