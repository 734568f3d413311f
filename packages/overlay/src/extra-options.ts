import { OverlayError } from './overlay-error.ts';
import type { OverlayFeatures } from './overlay-features.ts';

/** What only the snapshotter may set. */
const OWN = ['lowerdir', 'lowerdir+', 'datadir+', 'upperdir', 'workdir'];

/**
 * The options that every overlay gets beside its directories: the configured ones, and what the kernel needs
 * unless that is configured already.
 *
 * @throws OverlayError BAD_OPTIONS
 */
export function extraOptions(configured: readonly string[], features: OverlayFeatures): readonly string[] {
  checkOptions(configured);
  const keys = new Set(configured.map(keyOf));
  return [
    ...configured,
    ...(features.userxattr && !keys.has('userxattr') ? ['userxattr'] : []),
    ...(features.index && !keys.has('index') ? ['index=off'] : []),
  ];
}

/** @throws OverlayError BAD_OPTIONS */
export function checkOptions(configured: readonly string[]): void {
  for (const option of configured) {
    if (option === '' || option.includes(',')) {
      throw new OverlayError(
        'BAD_OPTIONS',
        `mount option ${JSON.stringify(option)}: write one option an entry`,
      );
    }
    if (OWN.includes(keyOf(option))) {
      throw new OverlayError('BAD_OPTIONS', `mount option ${option}: Sluice sets the directories itself`);
    }
  }
}

function keyOf(option: string): string {
  return option.split('=', 1)[0]!;
}
