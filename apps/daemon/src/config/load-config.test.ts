import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-config-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = join(directory, 'sluice.toml');
writeFileSync(file, 'root = "/srv/sluice"\naddress = "/run/other/s.sock"\n[log]\nlevel = "warn"\n');

describe('loadConfig', () => {
  it('needs neither file nor flags', () => {
    expect(loadConfig({})).toMatchObject({
      root: '/var/lib/sluice',
      address: '/run/sluice/sluice.sock',
      admin: { address: '/run/sluice/admin.sock' },
    });
  });

  it('takes what the file says, and puts the admin socket beside the other', () => {
    expect(loadConfig({ config: file })).toMatchObject({
      root: '/srv/sluice',
      address: '/run/other/s.sock',
      admin: { address: '/run/other/admin.sock' },
      log: { level: 'warn' },
    });
  });

  it('lets flags win, and takes their paths from where it runs', () => {
    const flags = { config: file, root: 'data', address: 'run/s.sock', logLevel: 'debug' as const };
    expect(loadConfig(flags)).toMatchObject({
      root: join(process.cwd(), 'data'),
      address: join(process.cwd(), 'run/s.sock'),
      admin: { address: join(process.cwd(), 'run/admin.sock') },
      log: { level: 'debug' },
    });
  });

  it('says which file is missing or cannot be read', () => {
    const missing = join(directory, 'none.toml');
    expect(() => loadConfig({ config: missing })).toThrow(`--config ${missing}: there is no such file`);
    expect(() => loadConfig({ config: directory })).toThrow('cannot be read (EISDIR)');
  });
});
