/** What `read-until-stopped.py` has done so far. */
export interface ReadReport {
  /** Files that were read to their end and had the right bytes. */
  readonly files: number;
  /** Walks of all directories that have found every file. */
  readonly walks: number;
  /** New Pythons that have imported a dozen modules. */
  readonly imports: number;
  /** The longest that one of these took: that is, how long a read waited. */
  readonly longestMs: number;
  /** Failures and wrong checksums, with the time of day; the first twenty. */
  readonly wrong: readonly string[];
  /** Whether it was told to stop and has done so. */
  readonly ended: boolean;
}
