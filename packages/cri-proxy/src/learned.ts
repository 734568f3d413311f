import type { Credential } from '@sluice/registry';

/** What a pull taught of an image. */
export interface Learned {
  readonly credential: Credential;
  /** The host that the client said it is for; '' for the image's registry. */
  readonly serverAddress: string;
}
