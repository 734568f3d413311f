import { errnoName } from '@sluice/linux';

/** The error that a client of a file system sees. @param result a negated errno */
export function errorOf(result: number, about: string): Error & { readonly code: string } {
  const code = errnoName(-result) ?? `errno ${-result}`;
  return Object.assign(new Error(`${code}: ${about}`), { code });
}
