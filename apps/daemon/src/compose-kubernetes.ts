import type { CredentialSource } from '@sluice/registry';
import type { Logger } from '@sluice/snapshotter-core';
import type { Config } from './config/config.ts';

export interface ComposeKubernetesDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly parts: AsyncDisposableStack;
}

/** Pull secrets, which few need: what reads them is loaded only then, and nothing waits for it but who asks for one. */
export function composeKubernetes({ config, logger, parts }: ComposeKubernetesDeps): CredentialSource {
  const { kubeconfig, namespaces, label_selector: labelSelector } = config.kubernetes;
  const opening = import('@sluice/kube-pull-secrets').then(({ createKubePullSecrets }) =>
    createKubePullSecrets({ logger }, { kubeconfigPath: kubeconfig, namespaces, labelSelector }),
  );
  // Whoever asks is told.
  opening.catch(() => {});
  parts.defer(async () => (await opening)[Symbol.asyncDispose]());
  return { get: async (host, query) => await (await opening).get(host, query) };
}
