import { apt } from './apt.ts';

/**
 * The address of the mirror of Debian itself that the machine's apt is set up with. `undefined` on other systems.
 */
export function debianMirror(): string | undefined {
  const format = '$' + '(REPO_URI) $' + '(COMPONENT)';
  const { output } = apt('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  return mirrorOf(output);
}

/** Each line: an address and a component. Debian's own archives end in /debian, whatever the mirror. */
export function mirrorOf(targets: string): string | undefined {
  const lines = targets.split('\n').map((line) => line.split(' '));
  return lines.find(([uri, component]) => component === 'main' && /\/debian\/?$/.test(uri ?? ''))?.[0];
}
