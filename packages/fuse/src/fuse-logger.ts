/** The part of a structured logger that this package uses: fields first, as pino has it. */
export interface FuseLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
