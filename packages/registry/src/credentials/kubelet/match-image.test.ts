import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchImage } from './match-image.ts';

describe('matchImage', () => {
  test.each<[string, string, boolean]>([
    ['*.dkr.ecr.*.amazonaws.com', '1234.dkr.ecr.eu-west-1.amazonaws.com/app', true],
    ['*.dkr.ecr.*.amazonaws.com', '1234.dkr.ecr.amazonaws.com/app', false],
    ['*.azurecr.io', 'mine.azurecr.io/app:v1', true],
    ['*.io', 'a.k8s.io/app', false],
    ['k8s.*', 'k8s.io/app', true],
    ['app*.k8s.io', 'app1.k8s.io/x', true],
    ['app?.k8s.io', 'app.k8s.io/x', false],
    ['gcr.io', 'gcr.io/project/app', true],
    ['GCR.io', 'gcr.io/project/app', true],
    ['https://gcr.io', 'gcr.io/project/app', true],
    ['gcr.io/project', 'gcr.io/project/app', true],
    ['gcr.io/project', 'gcr.io/other/app', false],
    ['registry.io:8080/path', 'registry.io:8080/path/app', true],
    ['registry.io:8080', 'registry.io/app', false],
    ['registry.io', 'registry.io:8080/app', false],
    ['a.b', 'aXb/app', false],
    ['a(.b', 'a.b/app', false],
    ['', 'a.b/app', false],
  ])('%j matches %s: %s', (pattern, image, matches) => {
    expect(matchImage(pattern, image)).toBe(matches);
  });

  test('takes every host for itself, and no text throws', () => {
    const host = fc.domain();
    fc.assert(fc.property(host, (name) => matchImage(name, `${name}/app`)));
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => void matchImage(a, b)));
  });
});
