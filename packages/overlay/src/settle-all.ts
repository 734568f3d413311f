/**
 * Runs all of some work to its end, then throws the first error there was: nothing goes on in the background
 * when it rejects.
 *
 * @param atOnce how many run at a time
 */
export async function settleAll<T>(
  items: readonly T[],
  atOnce: number,
  run: (item: T) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce) {
    const results = await Promise.allSettled(items.slice(start, start + atOnce).map(run));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
