/**
 * The snapshots service on its socket.
 *
 * ```
 *   created --listen()--> serving --close()--> closed
 * ```
 */
export interface SnapshotsServer extends AsyncDisposable {
  /**
   * Resolves when clients can connect. To be called once.
   *
   * @throws GrpcServerError; nothing is left behind then.
   */
  listen(): Promise<void>;

  /**
   * Removes the socket, refuses new calls, waits for those in flight up to the limit of the options, and then
   * cancels them (their signals are aborted). May be called again, and without `listen`. Never rejects.
   */
  close(): Promise<void>;
}
