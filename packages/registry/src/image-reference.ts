/** A parsed image reference. Docker's short forms are spelled out (`ubuntu` is docker.io/library/ubuntu:latest). */
export interface ImageReference {
  /** Host and optional port, as in the reference: 'docker.io', '127.0.0.1:5000'. */
  readonly host: string;
  /** 'library/ubuntu' */
  readonly repository: string;
  readonly tag?: string;
  /** 'sha256:...' */
  readonly digest?: string;
}
