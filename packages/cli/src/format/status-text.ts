import { styleText } from 'node:util';
import type { DaemonStatus } from '@sluice/admin-api';
import { formatBytes } from './format-bytes.ts';
import { formatDuration } from './format-duration.ts';
import { printable } from './printable.ts';

/** `sluice status` for people. */
export function statusText(status: DaemonStatus, options: { readonly hasColour: boolean }): string {
  const { version, healthy, problems } = status;
  const colour = (name: 'green' | 'red', text: string) =>
    options.hasColour ? styleText(name, text, { validateStream: false }) : text;
  const health = healthy ? colour('green', 'healthy') : colour('red', 'not healthy');
  const facts = factsOf(status).map(([name, fact]) => `  ${name.padEnd(10)}${printable(fact)}`);
  const complaints = problems.map((problem) => `${colour('red', 'problem:')} ${printable(problem)}`);
  return [`sluiced ${printable(version)} is ${health}`, ...facts, ...complaints].join('\n');
}

function factsOf(status: DaemonStatus): readonly (readonly [name: string, fact: string])[] {
  const { snapshots, layers, content } = status;
  const { bytesFetched, bytesLocal, requests } = content;
  return [
    [
      'process',
      `pid ${status.pid}, up ${formatDuration(status.uptimeSeconds)}, ${formatBytes(status.residentBytes)} of memory`,
    ],
    ['root', status.root],
    ['socket', status.address],
    [
      'snapshots',
      `${snapshots.committed} committed (${snapshots.remote} lazy), ${snapshots.active} active, ${snapshots.view} view`,
    ],
    ['layers', `${layers.mounted} mounted lazily, ${layers.unavailable} unavailable`],
    ['not lazy', notLazy(layers.fallbacks)],
    [
      'content',
      `${formatBytes(bytesLocal)} here; ${formatBytes(bytesFetched)} fetched in ${requests} requests since the start`,
    ],
  ];
}

function notLazy(fallbacks: DaemonStatus['layers']['fallbacks']): string {
  const reasons = Object.entries(fallbacks).toSorted(([, a], [, b]) => b - a);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  const each = reasons.map(([reason, count]) => `${reason} ${count}`).join(', ');
  return total === 0
    ? 'no layer since the start'
    : `${total} ${total === 1 ? 'layer' : 'layers'} since the start: ${each}`;
}
