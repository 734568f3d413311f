import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const module = join(import.meta.dirname, 'requirements.ts');
const script = `import(${JSON.stringify(module)}).then(({ requireMachine }) => requireMachine({ what: 'The demo', command: 'npm run demo', neededBytes: 3e9 })).catch((error) => console.log(error.code + ': ' + error.message))`;

function requireMachineIn(env: NodeJS.ProcessEnv): string {
  const args = ['--disable-warning=ExperimentalWarning', '-e', script];
  return spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...env } }).stdout;
}

it('says that a path is too long for sockets, and what to do', () => {
  const directory = mkdtempSync(join(tmpdir(), `sluice-${'long'.repeat(20)}-`));
  try {
    chmodSync(directory, 0o755);
    const message = requireMachineIn({ TMPDIR: directory });
    expect(message).toContain('CANNOT_RUN_HERE: The demo cannot run on this machine.\n  - ');
    expect(message).toContain(
      `${directory} is too long a path for sockets below it: set TMPDIR to a shorter one.`,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it('says all that is missing at once', () => {
  const message = requireMachineIn({
    TMPDIR: join('/', 'proc', 'x'.repeat(100)),
    PATH: '/no/such/directory',
  });
  expect(message).toContain('too long a path');
  if (process.getuid?.() === 0) expect(message).toContain('needs util-linux');
  else expect(message).toContain('needs root');
});
