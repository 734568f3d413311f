const NS_PER_SECOND = 1_000_000_000n;

/**
 * A time as google.protobuf.Timestamp has it: the nanos are never negative, also before 1970.
 *
 * @param timeNs since 1970
 */
export function toTimestamp(timeNs: bigint): { readonly seconds: bigint; readonly nanos: number } {
  const nanos = ((timeNs % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  return { seconds: (timeNs - nanos) / NS_PER_SECOND, nanos: Number(nanos) };
}
