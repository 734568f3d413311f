import { parentPort, workerData } from 'node:worker_threads';
import { runPump } from './kernel/run-pump.ts';

if (parentPort === null) throw new Error('pump-worker.ts runs as a worker thread of the kernel driver only');
runPump(parentPort, workerData);
