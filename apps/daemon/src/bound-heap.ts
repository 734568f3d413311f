import { setFlagsFromString } from 'node:v8';

/** Of what is in use after a collection: how much garbage may come to it, in percent. */
const GARBAGE_PERCENT = 100;

/**
 * From now on, old objects are collected when there is as much garbage as there is in use: a few collections more under
 * load, each of some ten milliseconds on other threads. V8 would wait for up to four times as much, and it does not give
 * back what the heap has grown to.
 *
 * Not for the start, which makes much garbage once and is to be quick. The space for new objects has its bound from the
 * command line, `bin/sluiced`: it cannot be set later.
 */
export function boundHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${GARBAGE_PERCENT}`);
}
