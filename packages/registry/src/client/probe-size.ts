import { statusFailure } from '../http/status-failure.ts';
import { RegistryError } from '../registry-error.ts';
import { parseContentRange } from './content-range.ts';
import type { ClientContext } from './perform.ts';
import { type RangeAttempt, requestRange } from './read-range.ts';

/**
 * Learns a blob's length from the answer to a range of one byte: storage behind a redirect often refuses HEAD.
 *
 * @returns bytes
 * @throws RegistryError or the transport's error
 */
export async function probeSize(context: ClientContext, attempt: RangeAttempt): Promise<number> {
  const response = await requestRange(context, attempt, { offset: 0, length: 1 });
  const { status, headers } = response;
  await response.body.discard();
  if (status !== 200 && status !== 206 && status !== 416) throw statusFailure(attempt.subject, response);
  const total =
    status === 200 ? lengthOf(headers['content-length']) : parseContentRange(headers['content-range'])?.total;
  // Only an empty blob has no first byte.
  if (total === undefined || (status === 416 && total !== 0))
    throw new RegistryError(
      'BAD_RESPONSE',
      `${attempt.subject}: the registry does not say how long it is (HTTP ${status})`,
    );
  return total;
}

function lengthOf(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
