import { loadConfig } from './config/load-config.ts';
import { DaemonError } from './daemon-error.ts';
import { parseFlags } from './flags.ts';
import { createLogger } from './logging.ts';
import { prepareEnvironment } from './prepare-environment.ts';
import { readVersion } from './version.ts';

try {
  const version = readVersion();
  const config = prepareEnvironment(loadConfig(parseFlags(process.argv.slice(2), version)));
  const logger = createLogger(config.log);
  // What takes long to load is not loaded for --help or a mistake in the configuration.
  const { runDaemon } = await import('./run-daemon.ts');
  await runDaemon({ config, logger, version });
  logger.info({}, 'stopped');
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${explain(error)}\n`);
}
// Nothing may keep a daemon that has stopped.
process.exit();

/** Errors that users can act on are their message; others are for whoever mends the daemon. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return `sluiced: ${error}`;
  const isForUsers = error instanceof DaemonError || 'code' in error;
  const text = isForUsers ? error.message : (error.stack ?? error.message);
  return text.replaceAll(/^/gm, 'sluiced: ');
}
