export { type ConnectHolderOptions, connectHolder } from './connect-holder.ts';
export { createLastingHolder, type LastingHolderOptions } from './create-lasting-holder.ts';
export type { Held, Holder } from './holder.ts';
export { HolderError, type HolderErrorCode } from './holder-error.ts';
export type { HolderLogger } from './holder-logger.ts';
export type { LastingHolder } from './lasting-holder.ts';
export { type StartHolderOptions, startHolder } from './start-holder.ts';
