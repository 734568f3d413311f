/** What every asynchronous call of every port takes last. */
export interface CallOptions {
  /** Aborting it rejects the call with the signal's reason; whatever the call had begun is undone first. */
  readonly signal?: AbortSignal;
}
