/** What the client measures at one go; see go/client/main.go. */
export interface Phase {
  readonly name: 'make' | 'stat' | 'mounts' | 'chain' | 'fill' | 'list' | 'find' | 'crowd';
  readonly clients: number;
  readonly count: number;
}

/** Not counted: code that is compiled while it runs is slow at first. */
export const warmUp: readonly Phase[] = [
  { name: 'make', clients: 16, count: 300 },
  { name: 'stat', clients: 16, count: 3000 },
  { name: 'mounts', clients: 16, count: 1000 },
];

/** On few snapshots. Run in several rounds. */
export const phases: readonly Phase[] = [
  { name: 'make', clients: 1, count: 200 },
  { name: 'make', clients: 16, count: 800 },
  { name: 'stat', clients: 1, count: 2000 },
  { name: 'stat', clients: 16, count: 10_000 },
  { name: 'mounts', clients: 1, count: 1000 },
  { name: 'mounts', clients: 16, count: 5000 },
  { name: 'chain', clients: 1, count: 1 },
];

/** Makes many, once. */
export const filling: Phase = { name: 'fill', clients: 16, count: 10_000 };

/** On many snapshots. */
export const phasesOnMany: readonly Phase[] = [
  { name: 'list', clients: 1, count: 5 },
  { name: 'find', clients: 1, count: 300 },
];

/** 1000 clients, each once or twice. Run several times, to see whether memory grows. */
export const crowd: Phase = { name: 'crowd', clients: 1000, count: 1500 };
