import type { Credential } from '../credentials/credential-source.ts';
import { isLoopbackHost } from '../hosts/is-loopback-host.ts';
import { RegistryError } from '../registry-error.ts';
import { basicAuthorization } from './basic-authorization.ts';
import type { HttpRequest, HttpSend } from './http-exchange.ts';
import type { AuthChallenge } from './parse-challenges.ts';
import type { ProgressFloor } from './read-chunks.ts';
import { readSmallBody } from './read-small-body.ts';
import { statusFailure } from './status-failure.ts';
import { transportFailure } from './transport-failure.ts';

export interface TokenQuery {
  /** The request that was refused. */
  readonly request: HttpRequest;
  readonly challenge: AuthChallenge;
  readonly credential: Credential | undefined;
  readonly signal: AbortSignal;
}

export interface BearerToken {
  readonly token: string;
  /** From now. */
  readonly lifetimeMs: number;
}

const MAX_ANSWER_BYTES = 1024 * 1024;
/** Where a token server does not say (Docker token authentication, "expires_in"). */
const DEFAULT_LIFETIME_SECONDS = 60;

/**
 * Gets a bearer token: with GET as Docker's token authentication has it, and with POST (OAuth2) where the
 * credential is a refresh token.
 * Source: distribution.github.io/distribution/spec/auth/token and .../oauth.
 *
 * @throws RegistryError UNAUTHORIZED where the token server refuses who asks, FORBIDDEN where it refuses what they ask
 *   for; the message holds no secret
 */
export async function fetchToken(
  send: HttpSend,
  query: TokenQuery,
  floor: ProgressFloor,
): Promise<BearerToken> {
  const realm = realmOf(query);
  const subject = `${query.request.subject}: token server ${realm.host}`;
  try {
    const response = await send(tokenRequest(query, realm));
    if (response.status !== 200) {
      await response.body.discard();
      throw response.status === 400 || response.status === 401 || response.status === 403
        ? refused(subject, query.credential, response.status)
        : statusFailure(subject, response);
    }
    const body = await readSmallBody(response.body, { maxBytes: MAX_ANSWER_BYTES, floor, subject });
    return parseAnswer(new TextDecoder().decode(body), subject);
  } catch (error) {
    throw transportFailure(subject, error);
  }
}

function realmOf({ request, challenge, credential }: TokenQuery): URL {
  const realm = URL.parse(challenge.params.get('realm') ?? '');
  if (realm === null || !/^https?:$/.test(realm.protocol))
    throw new RegistryError('BAD_RESPONSE', `${request.subject}: the registry names no usable token server`);
  const exposed =
    realm.protocol === 'http:' &&
    request.host.baseUrl.protocol === 'https:' &&
    !isLoopbackHost(realm.hostname);
  if (credential !== undefined && exposed)
    throw new RegistryError(
      'UNAUTHORIZED',
      `${request.subject}: the registry names the token server ${realm.host} with plain HTTP; credentials are not sent there`,
    );
  return realm;
}

function tokenRequest({ request, challenge, credential, signal }: TokenQuery, realm: URL): HttpRequest {
  const { host, registry, repository, subject } = request;
  const common = { host, registry, repository, subject, kind: 'token', signal } as const;
  const form = new URLSearchParams();
  const service = challenge.params.get('service');
  if (service !== undefined) form.set('service', service);
  form.set('scope', scopeOf(request, challenge));
  if (credential?.kind === 'identity-token') {
    form.set('grant_type', 'refresh_token');
    form.set('client_id', 'sluice');
    form.set('refresh_token', credential.token);
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
    return { ...common, url: realm, method: 'POST', headers, body: form.toString() };
  }
  const url = new URL(realm);
  for (const [name, value] of form) url.searchParams.append(name, value);
  const proof = credential?.kind === 'basic' ? { authorization: basicAuthorization(credential) } : {};
  return { ...common, url, headers: { accept: 'application/json', ...proof } };
}

/** A push begins with questions, for which registries want less than for what follows. */
function scopeOf({ repository, access = 'pull' }: HttpRequest, { params }: AuthChallenge): string {
  const pull = `repository:${repository}:pull`;
  const wanted = params.get('scope') ?? pull;
  return access === 'push' && wanted === pull ? `${pull},push` : wanted;
}

function refused(subject: string, credential: Credential | undefined, status: number): RegistryError {
  if (credential === undefined) {
    const text = 'it gives no token without credentials; log in to that registry';
    return new RegistryError('UNAUTHORIZED', `${subject}: ${text} (HTTP ${status})`);
  }
  if (status === 403) {
    const text = 'it knows the credentials, but gives them no token for this repository; ask for access';
    return new RegistryError('FORBIDDEN', `${subject}: ${text} (HTTP 403)`);
  }
  return new RegistryError(
    'UNAUTHORIZED',
    `${subject}: it refuses the credentials; log in again (HTTP ${status})`,
  );
}

function parseAnswer(text: string, subject: string): BearerToken {
  const answer = parseObject(text);
  const token = [answer['token'], answer['access_token']].find(
    (value) => typeof value === 'string' && value !== '',
  );
  // It goes into a header: visible ASCII only.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw new RegistryError('BAD_RESPONSE', `${subject}: an answer without a token`);
  const seconds = Number(answer['expires_in'] ?? DEFAULT_LIFETIME_SECONDS);
  return { token, lifetimeMs: (seconds > 0 ? seconds : DEFAULT_LIFETIME_SECONDS) * 1000 };
}

/** The answer may hold a token, so no parser's message about it is passed on. */
function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
