import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { runPump } from './kernel/run-pump.ts';

if (parentPort === null) throw new Error('pump-worker.ts runs as a worker thread of the kernel driver only');
// Where there is a cache: a process that is killed writes none at its end, and the next one would compile all again.
flushCompileCache();
runPump(parentPort, workerData);
