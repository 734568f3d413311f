/** Structured fields of a log line; `err` holds an error. Never put a credential into them. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured logging as pino does it: the fields first, then a message without variable parts. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
