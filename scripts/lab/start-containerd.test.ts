import { expect, it } from 'vitest';
import { containerdConfig } from './start-containerd.ts';

it('keeps everything of containerd below its home', () => {
  const paths = containerdConfig('/tmp/home').match(/"\/[^"]*"/g);
  expect(paths).toEqual([
    '"/tmp/home/root"',
    '"/tmp/home/state"',
    '"/tmp/home/containerd.sock"',
    '"/tmp/home/opt"',
  ]);
});

it('names a snapshotter only if there is one', () => {
  expect(containerdConfig('/tmp/home')).not.toContain('proxy_plugins');
  expect(containerdConfig('/tmp/home', { name: 'sluice', address: '/tmp/s.sock' })).toContain(
    '  [proxy_plugins.sluice]\n    type = "snapshot"\n    address = "/tmp/s.sock"\n',
  );
});
