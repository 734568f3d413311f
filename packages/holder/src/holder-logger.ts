/** A part of pino's logger. */
export interface HolderLogger {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
