import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import type { Mount } from '../mount.ts';
import { validateLabels } from '../validate-labels.ts';
import { validateName } from '../validate-name.ts';
import { TARGET_LABEL } from '../well-known-labels.ts';
import { createSnapshot, undoSnapshot } from './create-snapshot.ts';
import { mountsOf } from './mounts.ts';
import { prepareTarget } from './prepare-target.ts';
import type { SnapshotRequest } from './snapshot-request.ts';

export async function prepare(
  context: Context,
  request: SnapshotRequest,
  options?: CallOptions,
): Promise<readonly Mount[]> {
  validateRequest(request);
  const target = request.kind === 'active' ? request.labels[TARGET_LABEL] : undefined;
  if (target) return await prepareTarget(context, { request, target }, options);
  return await prepareOrdinary(context, request, options);
}

function validateRequest({ name, parent, labels }: SnapshotRequest): void {
  validateName('key', name);
  if (parent !== '') validateName('parent', parent);
  validateLabels(labels);
}

async function prepareOrdinary(
  context: Context,
  request: SnapshotRequest,
  options?: CallOptions,
): Promise<readonly Mount[]> {
  const record = await createSnapshot(context, request, options);
  try {
    return await mountsOf(context, record, options);
  } catch (error) {
    await undoSnapshot(context, record);
    throw error;
  }
}
