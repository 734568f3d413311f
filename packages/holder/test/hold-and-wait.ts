import { openSync, rmSync, writeFileSync } from 'node:fs';
import { connectHolder } from '@sluice/holder';

/** Lets the holder on the socket that is named hold a file, says so, and waits to be killed. */
const [socketPath = ''] = process.argv.slice(2);
const holder = await connectHolder({ socketPath });
const path = `${socketPath}.held`;
writeFileSync(path, 'of the other process');
const fd = openSync(path, 'r');
rmSync(path);
await holder.hold('from the other process', fd, '');
process.send?.('held');
