import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes the cgroups below a name that containerd's namespace gave them (cgroups(7)): in the one hierarchy of
 * cgroup v2, or in each of v1. All of their processes must have ended.
 */
export function removeCgroups(name: string, hierarchies = '/sys/fs/cgroup'): void {
  if (!existsSync(hierarchies)) return;
  for (const parent of ['', ...readdirSync(hierarchies)]) removeTree(join(hierarchies, parent, name));
}

/** A cgroup is removed by rmdir(2); the files in it are not real. */
function removeTree(cgroup: string): void {
  if (!existsSync(cgroup)) return;
  for (const entry of readdirSync(cgroup, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(cgroup, entry.name));
  }
  rmdirSync(cgroup);
}
