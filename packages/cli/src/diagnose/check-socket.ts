import { lstatSync } from 'node:fs';
import type { Check } from './check.ts';

/** Whether containerd can find the daemon's socket, and nobody else can use it. */
export function checkSocket(path: string): Check {
  const name = 'socket';
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isSocket()) {
    const detail = found ? `${path} is not a socket` : `there is no ${path}`;
    return {
      name,
      state: 'bad',
      detail,
      mend: 'start sluiced with this --address, and give it to containerd',
    };
  }
  const mode = found.mode & 0o777;
  if (mode === 0o600) return { name, state: 'ok', detail: `${path}, for its owner alone` };
  const detail = `${path} has mode 0${mode.toString(8)}`;
  return { name, state: 'bad', detail, mend: `chmod 600 ${path}, and find out who changed it` };
}
