import type { TestSecret } from './secret-history.ts';

/** What a docker config says of one registry. */
export type TestAuths = Readonly<Record<string, { readonly username: string; readonly password: string }>>;

/** A secret of the type kubernetes.io/dockerconfigjson, or of the older kubernetes.io/dockercfg. */
export function pullSecret(
  name: string,
  auths: TestAuths,
  options: {
    readonly isOld?: boolean;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
  } = {},
): TestSecret {
  const { isOld = false, namespace = 'default', labels = {} } = options;
  const entries = Object.entries(auths).map(([host, { username, password }]) => [
    host,
    { auth: Buffer.from(`${username}:${password}`).toString('base64') },
  ]);
  const table = Object.fromEntries(entries);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');
  return {
    type: isOld ? 'kubernetes.io/dockercfg' : 'kubernetes.io/dockerconfigjson',
    metadata: { name, namespace, labels },
    data: isOld ? { '.dockercfg': encode(table) } : { '.dockerconfigjson': encode({ auths: table }) },
  };
}
