export type LabErrorCode =
  | 'CANNOT_RUN_HERE'
  | 'COMMAND_FAILED'
  | 'TIMED_OUT'
  | 'INTERRUPTED'
  | 'WRONG_RESULT';

/** Says what failed, on what, and what to do. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
