import { styleText } from 'node:util';
import type { Check } from '../diagnose/check.ts';
import { printable } from './printable.ts';

const colours = { ok: 'green', bad: 'red', unknown: 'yellow' } as const;

/** `sluice diagnose` for people: a line a check, and another one where something can be done. */
export function checkText(checks: readonly Check[], options: { readonly hasColour: boolean }): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, detail, mend }) => {
    const padded = state.padEnd('unknown'.length);
    const shown = options.hasColour ? styleText(colours[state], padded, { validateStream: false }) : padded;
    const line = `${shown}  ${name.padEnd(width)}  ${printable(detail)}`;
    return mend ? [line, `${' '.repeat(padded.length + width + 4)}-> ${printable(mend)}`] : [line];
  });
  return lines.join('\n');
}
