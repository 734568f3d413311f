import { runConformance } from './conformance/run-conformance.ts';
import { reportCounts } from './steps/counts.ts';

// `node scripts/run.mjs conformance`: containerd's own suite for snapshotters on a daemon of its own.
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
reportCounts(await runConformance(interruption.signal));
