import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RegistryError } from '../../registry-error.ts';
import { parseCredentialProviderConfig } from './parse-credential-provider-config.ts';

const HEAD = 'apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\n';
const FULL = `${HEAD}providers:
  - name: ecr-credential-provider
    matchImages:
      - "*.dkr.ecr.*.amazonaws.com"
      - public.ecr.aws
    defaultCacheDuration: "12h"
    apiVersion: credentialprovider.kubelet.k8s.io/v1
    args: [get-credentials]
    env:
      - name: AWS_PROFILE
        value: node
  - name: acr
    matchImages: ["*.azurecr.io"]
    defaultCacheDuration: "0"
    apiVersion: credentialprovider.kubelet.k8s.io/v1beta1
`;

function problem(text: string): string {
  try {
    parseCredentialProviderConfig(text, '/etc/config.yaml');
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'INVALID') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseCredentialProviderConfig', () => {
  test('reads the providers in order', () => {
    expect(parseCredentialProviderConfig(FULL, 'f')).toEqual([
      {
        name: 'ecr-credential-provider',
        matchImages: ['*.dkr.ecr.*.amazonaws.com', 'public.ecr.aws'],
        defaultCacheMs: 12 * 3_600_000,
        apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
        args: ['get-credentials'],
        env: { AWS_PROFILE: 'node' },
      },
      {
        name: 'acr',
        matchImages: ['*.azurecr.io'],
        defaultCacheMs: 0,
        apiVersion: 'credentialprovider.kubelet.k8s.io/v1beta1',
        args: [],
        env: {},
      },
    ]);
  });

  test('reads JSON too', () => {
    const [, second] = parseCredentialProviderConfig(FULL, 'f');
    const json = JSON.stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'CredentialProviderConfig',
      providers: [
        {
          name: 'acr',
          matchImages: ['*.azurecr.io'],
          defaultCacheDuration: '0s',
          apiVersion: 'credentialprovider.kubelet.k8s.io/v1beta1',
        },
      ],
    });
    expect(parseCredentialProviderConfig(json, 'f')).toEqual([second]);
  });

  test.each<[string, string]>([
    ['', 'not a CredentialProviderConfig of kubelet.config.k8s.io/v1'],
    ['kind: Pod\napiVersion: v1', 'not a CredentialProviderConfig'],
    [HEAD, 'providers must be a list'],
    [`${HEAD}providers: [5]`, 'providers[0]: must be an object'],
    [
      FULL.replace('ecr-credential-provider', '../ecr'),
      'providers[0]: name must be the name of an executable',
    ],
    [FULL.replace('ecr-credential-provider', '".."'), 'providers[0]: name must be the name of an executable'],
    [
      FULL.replace('io/v1beta1', 'io/v2'),
      'providers[1]: apiVersion must be credentialprovider.kubelet.k8s.io/v1',
    ],
    [FULL.replace('["*.azurecr.io"]', '[]'), 'providers[1]: matchImages must be a list of image patterns'],
    [FULL.replace('["*.azurecr.io"]', 'x'), 'providers[1]: matchImages: must be a list of strings'],
    [FULL.replace('"12h"', 'soon'), 'providers[0]: defaultCacheDuration: must be a duration like "12h"'],
    [FULL.replace('[get-credentials]', '{a: b}'), 'providers[0]: args: must be a list of strings'],
    [
      FULL.replace('value: node', 'text: node'),
      'providers[0]: env: must be a list of objects with name and value',
    ],
    [`${FULL}    tokenAttributes: {}\n`, 'providers[1]: tokenAttributes: only a kubelet has tokens'],
  ])('refuses %j', (text, message) => {
    expect(problem(text)).toContain(`/etc/config.yaml: ${message}`);
  });

  test('says where it is not YAML, and quotes nothing', () => {
    const message = problem(`${HEAD}secret: "no end\n`);
    expect(message).toMatch(/^\/etc\/config\.yaml:\d+: not YAML$/);
  });

  test('of any text gives providers or a RegistryError', () => {
    const lines = fc.array(fc.constantFrom(...FULL.split('\n')));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          lines.map((all) => HEAD + all.join('\n')),
        ),
        (text) => {
          try {
            parseCredentialProviderConfig(text, 'f');
          } catch (error) {
            expect(error).toMatchObject({ name: 'RegistryError', code: 'INVALID' });
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
