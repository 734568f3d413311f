import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Capability, hasCapability, inUserNamespace } from './capability.ts';

const source = new URL('./capability.ts', import.meta.url).href;
const script = `const { hasCapability, inUserNamespace } = await import(${JSON.stringify(source)});
  console.log(JSON.stringify([hasCapability('SYS_ADMIN'), hasCapability('CHOWN'), inUserNamespace()]))`;

function askIn(...command: string[]): unknown {
  const [program, ...args] = [...command, process.execPath, '--input-type=module', '-e', script];
  return JSON.parse(execFileSync(program!, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

describe('hasCapability and inUserNamespace', () => {
  it('know root', () => {
    expect([hasCapability('SYS_ADMIN'), inUserNamespace()]).toEqual([true, false]);
  });

  it('know a process without one capability', () => {
    expect(askIn('setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin')).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('know a user namespace', () => {
    expect(askIn('unshare', '--user', '--map-root-user')).toEqual([true, true, true]);
  });

  it('number capabilities as the kernel does', () => {
    expect([Capability.CHOWN, Capability.SYS_ADMIN, Capability.SETFCAP]).toEqual([0, 21, 31]);
  });
});
