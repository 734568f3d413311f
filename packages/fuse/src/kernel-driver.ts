import type { FuseDriver, FuseMount, FuseSource } from './fuse-driver.ts';
import type { MountHandover } from './mount-handover.ts';

/** The driver on /dev/fuse: its mounts can change hands. */
export interface KernelDriver extends FuseDriver {
  readonly name: 'kernel';

  /**
   * Starts the driver's thread if it does not run yet, for who mounts soon and need not wait for that then.
   *
   * @throws FuseError CLOSED
   */
  prepare(): void;

  /**
   * Goes on serving a mount that another driver served, in this process or in one that is gone. Requests that the other
   * one had taken and not answered are answered again (FUSE_NOTIFY_RESEND, Linux 6.9). Older kernels cannot: such
   * requests wait until their readers are killed, which `resent` of the result says.
   *
   * @param handover what the mount's `handover` was; `device` is this process's own descriptor of the connection, and
   *   the driver's to close from the call on: it is closed if this rejects. Nobody else may read from it.
   * @param source the same tree: the kernel knows its inodes by number
   * @returns a mount like any other; its statistics begin anew
   * @throws FuseError BAD_HANDOVER: the state is not one, or the tree is another one; CLOSED. The mount stays, served
   *   by nobody.
   */
  adopt(handover: MountHandover, source: FuseSource): Promise<AdoptedMount>;

  /**
   * Ends the driver's threads and unmounts nothing. Reads that wait are not answered: the kernel keeps them for who
   * adopts the mounts. Kernels that cannot (before 6.9) are found out by trying: there, reads that were taken are
   * answered first, within five seconds, and no more are taken. Mounts whose descriptor nobody shares are dead (ENOTCONN) from then on.
   */
  leave(): Promise<void>;
}

export interface AdoptedMount extends FuseMount {
  /** Whether the kernel has sent requests again that were under way. */
  readonly resent: boolean;
}
