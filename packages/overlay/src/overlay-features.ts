/** What this kernel's overlayfs needs and knows on one root directory, as this process may use it. */
export interface OverlayFeatures {
  /** Mounts need `userxattr`: whiteouts and opaque directories are marked in `user.*`. In user namespaces. */
  readonly userxattr: boolean;
  /** `index=off` is understood. Without it an upper directory can be used by one mount at a time only. */
  readonly index: boolean;
}
