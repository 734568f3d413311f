import { checkDemo } from './demo/check-demo.ts';
import { reportCounts } from './steps/counts.ts';

// `node scripts/run.mjs demo-check`: runs the demo, and checks what it says and what it leaves.
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
reportCounts(await checkDemo(interruption.signal));
