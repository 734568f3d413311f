import { join } from 'node:path';
import type { ApiAccess } from './api-access.ts';
import { bearerOfFile } from './bearer-of-file.ts';
import { KubePullSecretsError } from './kube-pull-secrets-error.ts';
import { readText } from './read-text.ts';

export interface InClusterOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: where the kubelet puts the token and the authority of a pod's service account. */
  readonly directory?: string | undefined;
}

/**
 * The access of a pod to the API of its own cluster.
 * Source: kubernetes.io, "Accessing the Kubernetes API from a Pod".
 *
 * @throws KubePullSecretsError INVALID outside of a pod
 */
export async function inClusterAccess({ env, directory }: InClusterOptions): Promise<ApiAccess> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port)
    throw new KubePullSecretsError(
      'INVALID',
      'this is no pod (KUBERNETES_SERVICE_HOST is not set): say which kubeconfig to use',
    );
  const files = directory ?? '/var/run/secrets/kubernetes.io/serviceaccount';
  const server = URL.parse(`https://${host.includes(':') ? `[${host}]` : host}:${port}/`);
  if (!server) throw new KubePullSecretsError('INVALID', 'KUBERNETES_SERVICE_HOST and _PORT are no address');
  return {
    server,
    ca: await readText(join(files, 'ca.crt')),
    skipVerify: false,
    authorization: () => bearerOfFile(join(files, 'token')),
  };
}
