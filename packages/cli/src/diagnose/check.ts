/** What was found of one thing that lazy mounting, or the daemon, needs. */
export interface Check {
  /** A word or two: 'overlayfs'. */
  readonly name: string;
  /** 'unknown': it cannot be found out, for the reason that `detail` gives. */
  readonly state: 'ok' | 'bad' | 'unknown';
  /** What there is. */
  readonly detail: string;
  /** What to do; of what is bad. */
  readonly mend?: string;
}
