import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { ApiAccess } from './api-access.ts';
import { bearerOfFile } from './bearer-of-file.ts';
import { KubePullSecretsError } from './kube-pull-secrets-error.ts';
import { readText } from './read-text.ts';

type Table = Readonly<Record<string, unknown>>;

/**
 * The access that a kubeconfig's current context describes: token, token file, client certificate or password. Programs
 * that a kubeconfig names (`exec`, `auth-provider`) are not run, and `proxy-url` is not used: both are errors.
 * Source: k8s.io/client-go tools/clientcmd/api/v1/types.go.
 *
 * @throws KubePullSecretsError INVALID; the message holds nothing of the file but names
 */
export async function kubeconfigAccess(path: string): Promise<ApiAccess> {
  const invalid = (problem: string) => new KubePullSecretsError('INVALID', `${path}: ${problem}`);
  const root = parseYaml(await readText(path), invalid);
  const named = (list: string, name: unknown, field: string): Table => {
    const entries = Array.isArray(root[list]) ? root[list].map(tableOf) : [];
    const found = entries.find((entry) => entry['name'] === name);
    if (!found) throw invalid(`'${list}' has no entry '${String(name)}'`);
    return tableOf(found[field]);
  };
  const context = named('contexts', root['current-context'], 'context');
  const cluster = named('clusters', context['cluster'], 'cluster');
  const user = named('users', context['user'], 'user');
  refuseUnsupported(cluster, user, invalid);
  const server = URL.parse(textOf(cluster['server']) ?? '');
  if (server?.protocol !== 'https:') throw invalid("the cluster's 'server' is no https:// address");
  const pem = (table: Table, key: string) => pemOf(table, key, path);
  const [cert, key] = [await pem(user, 'client-certificate'), await pem(user, 'client-key')];
  if (!cert !== !key) throw invalid('a client certificate needs a key, and a key a certificate');
  return {
    server,
    ca: await pem(cluster, 'certificate-authority'),
    clientPair: cert && key ? { cert, key } : undefined,
    skipVerify: cluster['insecure-skip-tls-verify'] === true,
    serverName: textOf(cluster['tls-server-name']),
    authorization: authorizationOf(user, path),
  };
}

function refuseUnsupported(cluster: Table, user: Table, invalid: (problem: string) => Error): void {
  const advice = 'use a token, a tokenFile or a client certificate';
  for (const key of ['exec', 'auth-provider'])
    if (user[key]) throw invalid(`the user has '${key}', and programs are not run here: ${advice}`);
  if (cluster['proxy-url']) throw invalid("the cluster has 'proxy-url', which is not supported here");
}

/** As client-go: a token file before a token, and both before a password. */
function authorizationOf(user: Table, path: string): ApiAccess['authorization'] {
  const [file, token] = [textOf(user['tokenFile']), textOf(user['token'])];
  const [name, password] = [textOf(user['username']), textOf(user['password'])];
  if (file) return () => bearerOfFile(resolve(dirname(path), file));
  if (token) return async () => `Bearer ${token}`;
  if (name) return async () => `Basic ${Buffer.from(`${name}:${password ?? ''}`).toString('base64')}`;
  return async () => undefined;
}

/** `<key>-data` in base64 wins over a file. */
async function pemOf(table: Table, key: string, path: string): Promise<string | undefined> {
  const [data, file] = [textOf(table[`${key}-data`]), textOf(table[key])];
  if (data) return Buffer.from(data, 'base64').toString();
  return file === undefined ? undefined : await readText(resolve(dirname(path), file));
}

function parseYaml(text: string, invalid: (problem: string) => Error): Table {
  try {
    return tableOf(parse(text));
  } catch {
    // The parser's message quotes the file.
    throw invalid('is neither YAML nor JSON');
  }
}

function tableOf(value: unknown): Table {
  return typeof value === 'object' && value !== null ? (value as Table) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
