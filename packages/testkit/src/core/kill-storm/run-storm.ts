import { openSync, writeSync } from 'node:fs';
import process from 'node:process';
import { collect } from '../collect.ts';
import { openStormStore } from './open-storm-store.ts';
import { StormLoad } from './storm-load.ts';

// The process that is killed: `run-storm.ts ROOT JOURNAL RUN`. Prints a line when the load begins.
const [root = '', journal = '', run = ''] = process.argv.slice(2);
const CLIENTS = 64;

const file = openSync(journal, 'a');
await using store = await openStormStore(root);
const there = await collect(store.snapshotter.list([]));
const load = new StormLoad({
  snapshotter: store.snapshotter,
  run,
  there,
  // What write(2) took is in the file, whatever becomes of this process.
  record: (event) => writeSync(file, `${JSON.stringify(event)}\n`),
});
writeSync(1, 'begins\n');
// As the daemon: it serves while layers come back.
await Promise.all([store.snapshotter.restore(), ...Array.from({ length: CLIENTS }, () => load.client())]);
