export type DemoErrorCode =
  | 'CANNOT_RUN_HERE'
  | 'COMMAND_FAILED'
  | 'TIMED_OUT'
  | 'INTERRUPTED'
  | 'WRONG_RESULT';

/** Says what failed, on what, and what to do. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
  readonly code: DemoErrorCode;

  constructor(code: DemoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
