import type { NotLazyError } from '../not-lazy-error.ts';

/**
 * What those learn who wait for another call that provides the same layer. 'gave-up': there is no outcome, because
 * that call was cancelled or refused.
 */
export type TargetOutcome = 'provided' | 'gave-up' | NotLazyError;
