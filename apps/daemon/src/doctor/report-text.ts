import type { LostSnapshot } from '@sluice/snapshotter-core';
import type { StoreReport } from './store-report.ts';

/** `sluiced doctor` for people: a line a finding, then what to do. */
export function reportText(report: StoreReport): string {
  const { root, database, usable, remade, lost, unowned, leftovers } = report;
  const count = usable.length + remade.length;
  const rows = [
    ['root', root],
    ['database', database.problem ?? `${database.path} is whole`],
    ['snapshots', `${count} can be used, ${lost.length} cannot`],
    ...remade.map((name) => [
      'empty',
      `${quoted(name)} has lost its directory: the start makes an empty one`,
    ]),
    ...lost.map((loss) => ['lost', `${quoted(loss.name)}: ${whyLost(loss)}`]),
    ...unowned.map((id) => ['unowned', `${root}/snapshots/${id}: no snapshot that is known has it`]),
    ...leftovers.map((name) => ['leftover', `${root}/snapshots/${name}: the start removes it`]),
  ];
  const lines = rows.map(([title, text]) => `${title!.padEnd(9)}  ${text}`);
  return [...lines, ...adviceFor(report).map((sentence) => `-> ${sentence}`)].join('\n');
}

function whyLost({ why, because }: LostSnapshot): string {
  if (why === 'content') return 'its directory is gone';
  if (why === 'parent') return `what it stands on is not known any more (${quoted(because)})`;
  return `it stands on ${quoted(because)}, which is lost`;
}

function adviceFor(report: StoreReport): readonly string[] {
  const { root, database, usable, remade, lost, unowned, repaired } = report;
  const advice: string[] = [];
  const isGone = database.state === 'missing' && unowned.length > 0;
  const canBeSaved = usable.length + remade.length > 0;
  if (repaired) {
    advice.push(
      `repaired: ${database.path} is new and has ${repaired.kept} snapshots; the damaged one is ${repaired.damaged}`,
    );
  } else if (database.state === 'damaged' && canBeSaved) {
    advice.push('sluiced doctor --repair writes a new database with the snapshots that can be used');
  }
  if (isGone || (database.state === 'damaged' && !repaired)) {
    advice.push(
      `if there is a copy that "sluice backup" made, put it at ${database.path} before sluiced starts`,
    );
  }
  if (isGone || (database.state === 'damaged' && !canBeSaved)) {
    advice.push(`nothing can be saved without one: to begin anew, move ${root} away`);
  }
  if (unowned.length > 0)
    advice.push(
      'the next start removes unowned directories: copy first what is needed of what containers wrote',
    );
  if (lost.length > 0)
    advice.push(
      'remove the containers and images of lost snapshots with the tools of containerd, and pull again',
    );
  return advice;
}

/** Names are others' to choose, and a damaged database may say anything: nothing in them may steer the terminal. */
function quoted(name: string): string {
  return JSON.stringify(name).replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
