import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { profileOf } from '@sluice/testkit/remote-fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { composeProfiles } from './compose-profiles.ts';
import type { Config } from './config/config.ts';
import { parseConfig } from './config/parse-config.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-compose-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function composed(text: string, directory = root) {
  await using parts = new AsyncDisposableStack();
  const problems: string[] = [];
  const config = { ...parseConfig(text, 'f'), root: directory } as Config;
  const store = composeProfiles({ config, logger: createLogRecorder(), parts, problems });
  await store?.save(profileOf('1'));
  return { problems, kept: await store?.list() };
}

describe('composeProfiles', () => {
  it('keeps profiles below the root', async () => {
    expect(await composed('')).toMatchObject({ problems: [], kept: [{ image: profileOf('1').image }] });
  });

  it('keeps none where no layer is mounted lazily', async () => {
    expect(await composed('[fuse]\ndriver = "none"')).toEqual({ problems: [], kept: undefined });
  });

  it('lets the daemon start where there is no room for them, and says so', async () => {
    const { problems, kept } = await composed('', join(root, 'gone'));
    expect(kept).toBeUndefined();
    expect(problems.join()).toMatch(
      /^what starts of images read is not learned: .*gone\/profiles.db cannot be/,
    );
  });
});
