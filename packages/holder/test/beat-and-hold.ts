import { connectHolder, createLastingHolder } from '@sluice/holder';

/**
 * Gives one sign of life while there is no holder, says whether one runs, lets one hold something, and gives no other.
 */
const [socketPath = '', withinMs] = process.argv.slice(2);
const logger = { warn() {}, error() {} };
const lasting = createLastingHolder({ logger }, { socketPath });
await lasting.beat(Number(withinMs));
const running = await connectHolder({ socketPath }).catch(() => undefined);
process.send?.(running ? 'a holder runs' : 'no holder runs');
await lasting.hold('a', 0, '');
// The holder's connection keeps no process alive.
setInterval(() => undefined, 60_000);
