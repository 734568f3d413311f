import { realpathSync } from 'node:fs';
import { loadConfig } from '../config/load-config.ts';
import { DaemonError } from '../daemon-error.ts';
import { lockRoot } from '../root-lock.ts';
import { parseDoctorFlags } from './doctor-flags.ts';
import { examineStore } from './examine-store.ts';
import { repairStore } from './repair-store.ts';
import { reportText } from './report-text.ts';

/**
 * `sluiced doctor`: examines what a stopped daemon keeps, and repairs it if it is told to.
 *
 * @param argv without the word `doctor`
 * @param deps.out takes whole lines; resolves when they are written
 * @returns the status of the process: 0 nothing is wrong, or it is repaired; 1 something is wrong; 2 a mistake in `argv`
 * @throws DaemonError IN_USE while a daemon works on the root, ENVIRONMENT, CONFIG; MetaStoreError
 */
export async function runDoctor(
  argv: readonly string[],
  deps: { readonly out: (text: string) => Promise<void>; readonly now: () => Date },
): Promise<number> {
  const flags = parseDoctorFlags(argv);
  if (typeof flags === 'number') return flags;
  const { repair, json, ...where } = flags;
  const root = existing(loadConfig(where).root);
  using _lock = lockRoot(root);
  const examined = await examineStore(root);
  const report = repair ? repairStore(examined, deps.now()) : examined.report;
  await deps.out(json ? JSON.stringify(report, undefined, 2) : reportText(report));
  return report.healthy ? 0 : 1;
}

function existing(root: string): string {
  try {
    return realpathSync(root);
  } catch (cause) {
    throw new DaemonError(
      'ENVIRONMENT',
      `cannot look at ${root}: say with --root where sluiced keeps its data`,
      {
        cause,
      },
    );
  }
}
