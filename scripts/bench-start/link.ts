/** What lies between the machine and the registry. */
export interface Link {
  readonly megabitsPerSecond: number;
  /** By so much every request is answered later. */
  readonly requestDelayMs: number;
}

export const links: readonly Link[] = [
  { megabitsPerSecond: 100, requestDelayMs: 20 },
  { megabitsPerSecond: 1000, requestDelayMs: 20 },
];
