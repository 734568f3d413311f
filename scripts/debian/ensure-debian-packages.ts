import { apt } from './apt.ts';
import { parseInstallPlan, refusalOf } from './install-plan.ts';

/**
 * Installs the named Debian packages where they are missing; says which, with what they need, and why. Never
 * removes or replaces a package that is installed: if that were necessary, it throws and changes nothing.
 *
 * @param why completes the sentence "... adds Debian packages ..."
 */
export function ensureDebianPackages(names: readonly string[], why = 'for the tests'): void {
  const missing = missingPackages(names);
  if (missing.length === 0) return;
  console.log(`Adding Debian packages ${why}: ${missing.join(' ')}`);
  let simulation = apt('apt-get', ['--simulate', ...installArgs(missing)]);
  const updated = !simulation.ok;
  if (updated) {
    updateLists();
    simulation = apt('apt-get', ['--simulate', ...installArgs(missing)]);
  }
  const plan = parseInstallPlan(simulation.output);
  const refusal = simulation.ok ? refusalOf(plan) : 'apt-get cannot';
  if (refusal) {
    throw new Error(
      `Not installing ${missing.join(' ')}: ${refusal}, and this never changes what is installed. ` +
        `Install them yourself if you want that.\n${simulation.ok ? '' : simulation.output}`,
    );
  }
  console.log(`  ${plan.added.map(({ name, version }) => `${name} ${version}`).join(', ')}`);
  install(missing, updated);
}

/** Those of the packages that dpkg does not call installed. */
export function missingPackages(names: readonly string[]): string[] {
  const { output } = apt('dpkg-query', ['-W', '-f', '$' + '{db:Status-Status} $' + '{Package}\n', ...names]);
  const installed = new Set(
    output.split('\n').flatMap((line) => (line.startsWith('installed ') ? [line.slice(10)] : [])),
  );
  return names.filter((name) => !installed.has(name));
}

/** An old list names files that the mirror no longer has, so a failed download is tried again with new lists. */
function install(names: readonly string[], updated: boolean): void {
  const result = apt('apt-get', installArgs(names));
  if (result.ok) return;
  if (updated) throw new Error(`apt-get install ${names.join(' ')} failed:\n${result.output}`);
  updateLists();
  install(names, true);
}

function installArgs(names: readonly string[]): string[] {
  return [
    'install',
    '--yes',
    '--no-install-recommends',
    '--no-remove',
    '--no-upgrade',
    '-o',
    'DPkg::Lock::Timeout=300',
    ...names,
  ];
}

function updateLists(): void {
  console.log('  apt-get update');
  const result = apt('apt-get', ['update', '-o', 'DPkg::Lock::Timeout=300']);
  if (!result.ok) throw new Error(`apt-get update failed:\n${result.output}`);
}
