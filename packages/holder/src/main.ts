import { writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { serveHolder } from './server/serve-holder.ts';

// `sluice-holder --socket PATH [--idle-exit-ms N]`: see the package's README.
const { values } = parseArgs({
  options: { socket: { type: 'string' }, 'idle-exit-ms': { type: 'string', default: '10000' } },
});
const idleExitMs = Number(values['idle-exit-ms']);
if (values.socket === undefined || !(idleExitMs >= 0)) {
  process.stderr.write('sluice-holder: usage: sluice-holder --socket PATH [--idle-exit-ms N]\n');
  process.exit(2);
}
protectFromMemoryKiller();
// A terminal that closes is no reason to let go.
process.on('SIGHUP', () => undefined);
// Where there is a cache, the next one has less to compile: from sources, that takes more memory than all else.
flushCompileCache();
try {
  await serveHolder({ socketPath: values.socket, idleExitMs });
} catch (error) {
  process.stderr.write(`sluice-holder: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

/** Every container whose root it keeps alive would be lost with it, and killing it would free next to nothing. */
function protectFromMemoryKiller(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '-999');
  } catch {
    // Not allowed without CAP_SYS_RESOURCE; it works without.
  }
}
