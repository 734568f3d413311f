import { openSync, rmSync, writeFileSync } from 'node:fs';
import { connectHolder } from '@sluice/holder';

/**
 * Lets the holder on the socket that is named hold a file, gives signs of life within the times that are named, the last
 * of them again and again, says so, and waits to be killed.
 */
const [socketPath = '', ...times] = process.argv.slice(2);
const holder = await connectHolder({ socketPath });
const path = `${socketPath}.held`;
writeFileSync(path, 'of the other process');
const fd = openSync(path, 'r');
rmSync(path);
await holder.hold('from the other process', fd, '');
for (const withinMs of times) await holder.beat(Number(withinMs));
const last = Number(times.at(-1) ?? 0);
if (last > 0) setInterval(() => void holder.beat(last), last / 4);
process.send?.('held');
