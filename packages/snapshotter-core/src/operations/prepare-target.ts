import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import { describeError } from '../describe-error.ts';
import type { LogFields } from '../logger.ts';
import type { Mount } from '../mount.ts';
import { NotLazyError } from '../not-lazy-error.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { SnapshotterError } from '../snapshotter-error.ts';
import { validateName } from '../validate-name.ts';
import { waitWithSignal } from '../work/wait-with-signal.ts';
import { createSnapshot, undoSnapshot } from './create-snapshot.ts';
import { mountsOf } from './mounts.ts';
import { provideTarget } from './provide-target.ts';
import type { TargetRequest } from './snapshot-request.ts';
import type { TargetOutcome } from './target-outcome.ts';

/**
 * Provides the layer that the caller is about to make, by mounting it; or, if that cannot be, makes an ordinary
 * snapshot in which the caller makes it.
 *
 * Calls for the same layer at the same time share one mount: the first one leads, the others wait for it and
 * share its outcome. If it gives up before there is one (it was cancelled, or refused), the next one leads.
 *
 * @throws SnapshotterError ALREADY_EXISTS if the layer was provided
 */
export async function prepareTarget(
  context: Context,
  asked: TargetRequest,
  options?: CallOptions,
): Promise<readonly Mount[]> {
  validateName('target', asked.target);
  const outcome = await shareFlight(context, asked, options);
  if (outcome === 'provided') {
    context.logger.info(logFields(asked, 'true'), 'layer is provided lazily');
    throw new SnapshotterError('ALREADY_EXISTS', `snapshot ${asked.target} exists already`);
  }
  return await fallBack(context, { asked, ...outcome }, options);
}

/** Why the layer is not lazy, and the snapshot for it where it was made already. */
interface Refusal {
  readonly error: NotLazyError;
  readonly record?: SnapshotRecord;
}

async function shareFlight(
  context: Context,
  asked: TargetRequest,
  options?: CallOptions,
): Promise<'provided' | Refusal> {
  const { flights } = context;
  const flight = `${asked.target}\0${asked.request.parent}`;
  for (let led = flights.get(flight); led; led = flights.get(flight)) {
    const outcome = await waitWithSignal(led, options);
    if (outcome === 'provided') return outcome;
    if (outcome !== 'gave-up') return { error: outcome };
  }
  const { promise, resolve } = Promise.withResolvers<TargetOutcome>();
  flights.set(flight, promise);
  let outcome: 'provided' | Refusal | undefined;
  try {
    outcome = await lead(context, asked, options);
    return outcome;
  } finally {
    flights.delete(flight);
    resolve(outcome === undefined ? 'gave-up' : outcome === 'provided' ? outcome : outcome.error);
  }
}

async function lead(
  context: Context,
  asked: TargetRequest,
  options?: CallOptions,
): Promise<'provided' | Refusal> {
  if (await hasTarget(context, asked, options)) return 'provided';
  const record = await createSnapshot(context, asked.request, options);
  try {
    await provideTarget(context, { ...asked, record }, options);
    return 'provided';
  } catch (error) {
    if (error instanceof NotLazyError && !options?.signal?.aborted) return { error, record };
    await undoSnapshot(context, record);
    throw error;
  }
}

/** Whether the layer is there and can be used. One that cannot is better made anew than waited for. */
async function hasTarget(
  { meta, availability }: Context,
  { target, request }: TargetRequest,
  options?: CallOptions,
): Promise<boolean> {
  const candidates = meta.read((tx) => tx.withTarget(target, request.parent));
  for (const { id } of candidates.filter(({ kind }) => kind === 'committed')) {
    try {
      await availability.recover(id, options);
      return true;
    } catch (error) {
      if (options?.signal?.aborted) throw error;
    }
  }
  return false;
}

async function fallBack(
  context: Context,
  { asked, error, ...made }: { asked: TargetRequest } & Refusal,
  options?: CallOptions,
): Promise<readonly Mount[]> {
  const record = made.record ?? (await createSnapshot(context, asked.request, options));
  const { reason } = error;
  context.fallbacks.add(record.id, reason);
  context.metrics?.fellBack(reason);
  const problem = describeError(error);
  const fields = { ...logFields(asked, 'false'), reason, problem, err: error };
  context.logger.warn(fields, 'layer is not mounted lazily');
  try {
    return await mountsOf(context, record, options);
  } catch (unavailable) {
    await undoSnapshot(context, record);
    throw unavailable;
  }
}

/** Scripts of others look for this key and these values in the log: they are part of the interface. */
function logFields({ request, target }: TargetRequest, isPrepared: 'true' | 'false'): LogFields {
  return { 'remote-snapshot-prepared': isPrepared, key: request.name, parent: request.parent, target };
}
