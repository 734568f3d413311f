export { type CriProxyOptions, createCriProxy } from './create-cri-proxy.ts';
export type { CriProxy } from './cri-proxy.ts';
export type { Logger } from './logger.ts';
