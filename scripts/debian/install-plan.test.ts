import { expect, test } from 'vitest';
import { parseInstallPlan, refusalOf } from './install-plan.ts';

const adding = `Reading package lists...
Building dependency tree...
The following NEW packages will be installed:
  golang-go golang-src
0 upgraded, 2 newly installed, 0 to remove and 134 not upgraded.
Inst golang-src (2:1.19~1 Debian:12.15/oldstable [all])
Inst golang-go:i386 (2:1.19~1 Debian:12.15/oldstable [amd64]) []
Conf golang-src (2:1.19~1 Debian:12.15/oldstable [all])
Conf golang-go (2:1.19~1 Debian:12.15/oldstable [amd64])
`;

test('names the packages that would be added, with their versions', () => {
  expect(parseInstallPlan(adding)).toEqual({
    added: [
      { name: 'golang-src', version: '2:1.19~1' },
      { name: 'golang-go:i386', version: '2:1.19~1' },
    ],
    replaced: [],
    removed: [],
  });
});

test('a plan that only adds is not refused', () => {
  expect(refusalOf(parseInstallPlan(adding))).toBeUndefined();
});

test('a plan that upgrades an installed package is refused by its name and new version', () => {
  const plan = parseInstallPlan('Inst runc [1.1.5+ds1-1] (1.1.15-1 Debian:12.15/oldstable [amd64])\n');
  expect(plan.added).toEqual([]);
  expect(refusalOf(plan)).toBe('it would replace runc by version 1.1.15-1');
});

test('a plan that removes packages is refused by all their names', () => {
  const plan = parseInstallPlan('Remv containerd.io [1.7.1-1] []\nRemv docker-ce [5:24]\nInst runc (1 D)\n');
  expect(refusalOf(plan)).toBe('it would remove containerd.io, remove docker-ce');
});

test('a plan that does nothing is empty', () => {
  expect(parseInstallPlan('0 upgraded, 0 newly installed\n')).toEqual({
    added: [],
    replaced: [],
    removed: [],
  });
});
