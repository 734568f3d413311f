export { type ConnectHolderOptions, connectHolder } from './connect-holder.ts';
export type { Held, Holder } from './holder.ts';
export { HolderError, type HolderErrorCode } from './holder-error.ts';
export { type StartHolderOptions, startHolder } from './start-holder.ts';
