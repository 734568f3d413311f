import { expect, it } from 'vitest';
import { parsePort } from './start-registry.ts';

it('finds the port in the line that says where it listens', () => {
  const log =
    'level=info msg="redis not configured"\nlevel=info msg="listening on 127.0.0.1:36695" go.version=x\n';
  expect(parsePort(log)).toBe(36695);
});

it('finds no port before that', () => {
  expect(parsePort('level=info msg="Starting upload purge in 51m0s"\n')).toBeUndefined();
});
