import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from './config/load-config.ts';
import { prepareEnvironment } from './prepare-environment.ts';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-environment-')));
afterAll(() => rmSync(directory, { recursive: true }));
const at = (root: string) => ({ ...loadConfig({}), root });

describe('prepareEnvironment', () => {
  it('refuses to run as anybody but root, and makes nothing', () => {
    const root = join(directory, 'never');
    expect(() => prepareEnvironment(at(root), 1000)).toThrow(
      expect.objectContaining({ code: 'ENVIRONMENT', message: expect.stringContaining('sudo') }),
    );
    expect(statSync(root, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('makes the root directory, with those above it, for its owner alone', () => {
    const root = join(directory, 'a', 'b');
    expect(prepareEnvironment(at(root), 0)).toEqual(at(root));
    expect(statSync(root).mode & 0o777).toBe(0o700);
  });

  it('names the root as mount tables do: without symbolic links', () => {
    mkdirSync(join(directory, 'real'));
    symlinkSync(join(directory, 'real'), join(directory, 'link'));
    expect(prepareEnvironment(at(join(directory, 'link')), 0).root).toBe(join(directory, 'real'));
  });

  it('says why a root cannot be', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(() => prepareEnvironment(at(join(directory, 'file', 'root')), 0)).toThrow(
      /^the root directory .*\/file\/root cannot be made: ENOTDIR/,
    );
  });
});
