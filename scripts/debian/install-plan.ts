/** What `apt-get install` would do to the machine. */
export interface InstallPlan {
  readonly added: readonly PlannedPackage[];
  /** Installed packages that would get another version. */
  readonly replaced: readonly PlannedPackage[];
  readonly removed: readonly string[];
}

export interface PlannedPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * Reads the output of `apt-get --simulate install` (apt-get(8)). Its lines are
 *
 *     Inst NAME [OLD-VERSION] (NEW-VERSION SOURCE [ARCH]) [...]      the bracket only where one is installed
 *     Remv NAME [VERSION] [...]
 *     Conf NAME (...)
 *
 * among others, which say nothing more.
 */
export function parseInstallPlan(simulation: string): InstallPlan {
  const added: PlannedPackage[] = [];
  const replaced: PlannedPackage[] = [];
  const removed: string[] = [];
  for (const line of simulation.split('\n')) {
    const [, verb, name, old, version] = /^(Inst|Remv) (\S+)(?: \[([^\]]+)\])?(?: \((\S+))?/.exec(line) ?? [];
    if (!name) continue;
    if (verb === 'Remv') removed.push(name);
    else (old ? replaced : added).push({ name, version: version ?? '' });
  }
  return { added, replaced, removed };
}

/** Why a plan must not be carried out: it changes what is installed. `undefined` if it only adds. */
export function refusalOf(plan: InstallPlan): string | undefined {
  const harms = [
    ...plan.removed.map((name) => `remove ${name}`),
    ...plan.replaced.map(({ name, version }) => `replace ${name} by version ${version}`),
  ];
  return harms.length === 0 ? undefined : `it would ${harms.join(', ')}`;
}
