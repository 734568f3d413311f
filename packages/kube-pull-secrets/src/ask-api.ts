import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { ApiAccess } from './api-access.ts';
import { KubePullSecretsError } from './kube-pull-secrets-error.ts';

/** Asks an API server with GET. */
export interface AskApi extends Disposable {
  /**
   * @param path with its query
   * @param options.idleMs without a byte, after which it is given up
   * @throws KubePullSecretsError REFUSED, EXPIRED, UNAVAILABLE, INVALID; the signal's reason
   */
  get(
    path: string,
    options: { readonly signal: AbortSignal; readonly idleMs: number },
  ): Promise<IncomingMessage>;
}

/** Node's own HTTPS, with connections that are kept. Redirects are not followed: the token is for that server only. */
export function createAskApi(access: ApiAccess): AskApi {
  const agent = new Agent({
    keepAlive: true,
    ca: access.ca,
    cert: access.clientPair?.cert,
    key: access.clientPair?.key,
    rejectUnauthorized: !access.skipVerify,
    servername: access.serverName,
  });
  const { host } = access.server;
  return {
    async get(path, { signal, idleMs }) {
      const authorization = await access.authorization();
      signal.throwIfAborted();
      const url = new URL(`${access.server.pathname.replace(/\/$/, '')}${path}`, access.server);
      const headers = {
        accept: 'application/json',
        'user-agent': 'sluice',
        ...(authorization && { authorization }),
      };
      const sent = request(url, { agent, headers, signal, timeout: idleMs });
      sent.on('timeout', () => sent.destroy(new Error(`nothing came for ${idleMs} ms`)));
      // Errors after the answer are the body's.
      sent.on('error', () => {});
      sent.end();
      const answer = await once(sent, 'response').catch((error: unknown) => {
        signal.throwIfAborted();
        throw unreachable(host, error);
      });
      const body = answer[0] as IncomingMessage;
      if (body.statusCode === 200) return body;
      body.resume();
      throw refusal(host, body.statusCode ?? 0);
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function unreachable(host: string, error: unknown): KubePullSecretsError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code ?? message;
  return new KubePullSecretsError('UNAVAILABLE', `the Kubernetes API at ${host} cannot be reached (${why})`);
}

function refusal(host: string, status: number): KubePullSecretsError {
  const at = `the Kubernetes API at ${host}`;
  if (status === 401)
    return new KubePullSecretsError(
      'REFUSED',
      `${at} does not accept who asks (HTTP 401): is the token still good?`,
    );
  if (status === 403)
    return new KubePullSecretsError(
      'REFUSED',
      `${at} does not let it list and watch secrets (HTTP 403): grant it that`,
    );
  if (status === 410)
    return new KubePullSecretsError('EXPIRED', `${at} has forgotten the position (HTTP 410)`);
  return new KubePullSecretsError('UNAVAILABLE', `${at} failed (HTTP ${status})`);
}
