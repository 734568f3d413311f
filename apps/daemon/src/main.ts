import { loadConfig } from './config/load-config.ts';
import { DaemonError } from './daemon-error.ts';
import { parseFlags } from './flags.ts';
import { createLogger } from './logging.ts';
import { prepareEnvironment } from './prepare-environment.ts';
import { startFuseThreadEarly } from './start-fuse-thread-early.ts';
import { readVersion } from './version.ts';

const argv = process.argv.slice(2);
const isDoctor = argv[0] === 'doctor';
try {
  process.exitCode = isDoctor ? await doctor(argv.slice(1)) : await serve(argv);
} catch (error) {
  process.exitCode = isDoctor ? 2 : 1;
  process.stderr.write(`${explain(error)}\n`);
}
// Nothing may keep a daemon that has stopped.
process.exit();

async function doctor(args: readonly string[]): Promise<number> {
  const { runDoctor } = await import('./doctor/run-doctor.ts');
  return await runDoctor(args, { out: print, now: () => new Date() });
}

/** Until it is written: the process ends itself. A reader that leaves, such as `head`, has read enough. */
function print(text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.stdout.on('error', () => resolve());
  process.stdout.write(`${text}\n`, () => resolve());
  return promise;
}

async function serve(args: readonly string[]): Promise<number> {
  const version = readVersion();
  const config = prepareEnvironment(loadConfig(parseFlags(args, version)));
  const logger = createLogger(config.log);
  const fuseThread = await startFuseThreadEarly(config);
  // What takes long to load is not loaded for --help or a mistake in the configuration.
  const { runDaemon } = await import('./run-daemon.ts');
  await runDaemon({ config, logger, version, fuseThread });
  logger.info({}, 'stopped');
  return 0;
}

/** Errors that users can act on are their message; others are for whoever mends the daemon. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return `sluiced: ${error}`;
  const isForUsers = error instanceof DaemonError || 'code' in error;
  const text = isForUsers ? `${error.message}${adviceOn(error)}` : (error.stack ?? error.message);
  return text.replaceAll(/^/gm, 'sluiced: ');
}

/** Only this program knows how to mend what its packages find damaged. */
function adviceOn(error: Error): string {
  const isDamaged = !isDoctor && 'code' in error && error.code === 'CORRUPT';
  return isDamaged ? '\n"sluiced doctor" says what can be saved' : '';
}
