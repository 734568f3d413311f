import type { HttpRequest, HttpResponse } from '../../http/http-exchange.ts';
import { statusFailure } from '../../http/status-failure.ts';
import { RegistryError } from '../../registry-error.ts';
import type { Endpoint } from '../endpoint.ts';
import { endpointUrl } from '../endpoint-url.ts';
import type { ClientContext } from '../perform.ts';

/** Where one operation on artifacts asks. */
export interface ArtifactEndpoint extends Endpoint {
  /** What a token has to be for. */
  readonly access: 'pull' | 'push';
  readonly signal: AbortSignal | undefined;
}

export interface Ask extends Pick<HttpRequest, 'method' | 'body'> {
  /** Below the repository, or a whole address that the endpoint gave. */
  readonly at: string | URL;
  readonly kind: 'blob' | 'manifest';
  readonly headers?: HttpRequest['headers'];
}

/** One request to the endpoint; any status may come back, and the body has to be read or discarded. */
export function askEndpoint(
  context: ClientContext,
  endpoint: ArtifactEndpoint,
  { at, headers = {}, ...ask }: Ask,
): Promise<HttpResponse> {
  const { host, registry, repository, subject, access, signal } = endpoint;
  return context.send({
    host,
    registry,
    repository,
    subject,
    access,
    signal,
    url: typeof at === 'string' ? endpointUrl(endpoint, at) : at,
    headers: { 'accept-encoding': 'identity', ...headers },
    ...ask,
  });
}

/** The error for an answer to a push that is not the one hoped for. */
export async function pushFailure(subject: string, response: HttpResponse): Promise<RegistryError> {
  await response.body.discard();
  const { status } = response;
  if (status === 405)
    return new RegistryError(
      'FORBIDDEN',
      `${subject}: the registry takes no pushes (HTTP 405): it may be a pull-through cache, or read-only`,
    );
  if (status === 403)
    return new RegistryError('FORBIDDEN', `${subject}: who is logged in may not push there (HTTP 403)`);
  return statusFailure(subject, response);
}
