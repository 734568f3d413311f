import { setTimeout as sleep } from 'node:timers/promises';
import { type CredentialQuery, type CredentialSource, isDockerHub, isRefused } from '@sluice/registry';
import type { ApiAccess } from './api-access.ts';
import { createAskApi } from './ask-api.ts';
import { inClusterAccess } from './in-cluster-access.ts';
import { kubeconfigAccess } from './kubeconfig-access.ts';
import type { Logger } from './logger.ts';
import { readPullSecret } from './read-pull-secret.ts';
import { createSecretMemory, type SecretMemory } from './secret-memory.ts';
import { type ObjectSink, type WatchLimits, watchObjects } from './watch-objects.ts';

export interface KubePullSecretsOptions {
  /** Default: the access of this pod to its own cluster. */
  readonly kubeconfigPath?: string | undefined;
  /** Default: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Only secrets with these labels: 'app=web,tier!=test'. */
  readonly labelSelector?: string | undefined;
  /** Of each list; further secrets are not kept. Default 10 000. */
  readonly maxSecrets?: number;
  /** How long after the start a question waits for the first list. Default 5000. */
  readonly firstListMs?: number;
  readonly limits?: Partial<WatchLimits>;
  /** For the access of a pod. Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Disposing it ends the watches and forgets everything. */
export interface KubePullSecrets extends CredentialSource, AsyncDisposable {}

const TYPES = ['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg'];

const defaults: WatchLimits = {
  pageSize: 100,
  watchSeconds: 300,
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
  idleMs: 30_000,
};

/**
 * Credentials from the pull secrets of a cluster, kept up to date by watches, in memory only. Nothing waits for the API
 * server but the questions that come before the first list; what goes wrong is logged, and tried again.
 */
export function createKubePullSecrets(
  { logger }: { readonly logger: Logger },
  options: KubePullSecretsOptions = {},
): KubePullSecrets {
  const closing = new AbortController();
  const { signal } = closing;
  const { maxSecrets = 10_000, firstListMs = 5000 } = options;
  const full = () => logger.warn({ maxSecrets }, 'there are more pull secrets than are kept');
  const lists = pathsOf(options).map((target) => ({
    ...target,
    memory: createSecretMemory(maxSecrets, full),
  }));
  const first = lists.map(() => Promise.withResolvers<void>());
  const limits = { ...defaults, ...options.limits };

  const follow = async (access: ApiAccess): Promise<void> => {
    using api = createAskApi(access);
    const watching = lists.map(({ path, query, memory }, at) =>
      watchObjects(
        api,
        sinkOf(memory, logger, () => first[at]?.resolve()),
        { path, query, signal, limits },
      ),
    );
    await Promise.all(watching);
  };
  const running = accessOf(options)
    .then(follow)
    .catch((err: unknown) => {
      for (const one of first) one.resolve();
      if (!signal.aborted) logger.warn({ err }, 'the pull secrets of Kubernetes cannot be read');
    });
  const isListed = Promise.all(first.map(({ promise }) => promise));
  const isReady = Promise.race([isListed, sleep(firstListMs, undefined, { signal, ref: false })]).catch(
    () => {},
  );

  return {
    async get(host, query = {}) {
      await beforeAbort(isReady, query.signal);
      const image = imageOf(host, query);
      const found = lists.flatMap(({ memory }) => memory.find(image));
      found.sort((a, b) => b.pattern.length - a.pattern.length || (a.createdAt < b.createdAt ? 1 : -1));
      return found.find(({ credential }) => !isRefused(credential, query))?.credential;
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new Error('the pull secrets are not needed any more'));
      await running;
    },
  };
}

/** @throws the signal's reason when aborted */
async function beforeAbort(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function accessOf({ kubeconfigPath, env }: KubePullSecretsOptions): Promise<ApiAccess> {
  return kubeconfigPath
    ? await kubeconfigAccess(kubeconfigPath)
    : await inClusterAccess({ env: env ?? process.env });
}

/** A list for each type and namespace: a field selector has no 'or'. */
function pathsOf({ namespaces = [], labelSelector }: KubePullSecretsOptions) {
  const paths = namespaces.map((name) => `/api/v1/namespaces/${encodeURIComponent(name)}/secrets`);
  return (paths.length > 0 ? paths : ['/api/v1/secrets']).flatMap((path) =>
    TYPES.map((type) => ({
      path,
      query: { fieldSelector: `type=${type}`, ...(labelSelector ? { labelSelector } : {}) },
    })),
  );
}

function sinkOf(memory: SecretMemory, logger: Logger, onListed: () => void): ObjectSink {
  return {
    listing: () => memory.listing(),
    put(object) {
      const secret = readPullSecret(object);
      if (secret) memory.put(secret);
    },
    remove(object) {
      const secret = readPullSecret(object);
      if (secret) memory.remove(secret.uid);
    },
    listed() {
      memory.listed();
      logger.debug({ secrets: memory.size }, 'the pull secrets of Kubernetes are listed');
      onListed();
    },
    failed: (err) => logger.warn({ err }, 'the pull secrets of Kubernetes cannot be followed; tried again'),
  };
}

/** Kubernetes calls Docker Hub docker.io. */
function imageOf(host: string, { repository = '' }: CredentialQuery): string {
  return `${isDockerHub(host) ? 'docker.io' : host}${repository === '' ? '' : `/${repository}`}`;
}
