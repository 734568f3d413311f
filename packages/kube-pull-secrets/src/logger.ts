/** What this package says of its work. pino satisfies it. Fields never hold a secret. */
export interface Logger {
  /** @param fields structured fields; `err` holds an error @param message without variable parts */
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}
