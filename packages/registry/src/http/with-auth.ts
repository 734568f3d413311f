import { LRUCache } from 'lru-cache';
import type { Credential, CredentialSource } from '../credentials/credential-source.ts';
import { RegistryError } from '../registry-error.ts';
import { abortable } from './abortable.ts';
import { basicAuthorization } from './basic-authorization.ts';
import { belongsToHost } from './belongs-to-host.ts';
import { fetchToken } from './fetch-token.ts';
import type { HttpRequest, HttpResponse, HttpSend } from './http-exchange.ts';
import { type AuthChallenge, parseChallenges } from './parse-challenges.ts';
import type { ProgressFloor } from './read-chunks.ts';

export interface AuthDeps {
  readonly credentials: CredentialSource;
  readonly limits: ProgressFloor;
}

/** Proof for one endpoint and repository. */
interface Authorization {
  /** The header's value. */
  readonly header: string;
  readonly withCredential: boolean;
  /** Whether the registry has accepted it before. */
  worked: boolean;
  /** Milliseconds since 1970; before the token expires. */
  readonly renewAtMs: number;
}

interface Session {
  challenge?: AuthChallenge;
  authorization?: Authorization;
  renewal?: Promise<Authorization> | undefined;
}

/** Endpoint and repository pairs to remember tokens for. */
const SESSIONS = 1024;
/** For credential helpers and token servers together. */
const RENEWAL_TIMEOUT_MS = 60_000;
/** Tokens are renewed before they expire on the way. */
const USED_LIFETIME = 0.9;

/**
 * Proves who asks, when a registry wants that: the first 401 says how, and further requests for the same repository
 * bring the proof along. Tokens are renewed when they age and when they are refused; requests that need the same
 * token wait for one renewal. Requests to other places than the endpoint go out as they are.
 * Source: distribution.github.io/distribution/spec/auth.
 */
export function withAuth(send: HttpSend, deps: AuthDeps): HttpSend {
  const sessions = new LRUCache<string, Session>({ max: SESSIONS });
  return async (request) => {
    if (!belongsToHost(request.url, request.host)) return send(request);
    const session = sessionFor(sessions, request);
    const before = await currentAuthorization(
      session,
      () => obtain(send, deps, session.challenge, request),
      request,
    );
    const response = await send(authorized(request, before));
    if (!isRefusal(response, before)) return response;
    await response.body.discard();
    if (response.status === 401) session.challenge = chooseChallenge(response, request);
    // Another request may have got a new token meanwhile.
    if (session.authorization === before) delete session.authorization;
    const after = await renewed(session, () => obtain(send, deps, session.challenge, request), request);
    const second = await send(authorized(request, after));
    if (second.status !== 401) return noted(second, after);
    await second.body.discard();
    delete session.authorization;
    throw refusedTwice(request, after);
  };
}

/**
 * Whether a new proof may help. Some registries say 403 of a token that has expired: of one that has worked before
 * that is believed once.
 */
function isRefusal(response: HttpResponse, authorization: Authorization | undefined): boolean {
  noted(response, authorization);
  return response.status === 401 || (response.status === 403 && authorization?.worked === true);
}

function noted(response: HttpResponse, authorization: Authorization | undefined): HttpResponse {
  if (authorization !== undefined && response.status < 400) authorization.worked = true;
  return response;
}

function sessionFor(sessions: LRUCache<string, Session>, { host, repository }: HttpRequest): Session {
  const key = `${host.baseUrl.href} ${repository}`;
  const session = sessions.get(key) ?? {};
  sessions.set(key, session);
  return session;
}

/** What to send along at first: nothing, until a challenge has been seen. */
async function currentAuthorization(
  session: Session,
  obtainNew: () => Promise<Authorization>,
  request: HttpRequest,
): Promise<Authorization | undefined> {
  const { authorization } = session;
  if (authorization === undefined || Date.now() < authorization.renewAtMs) return authorization;
  delete session.authorization;
  return renewed(session, obtainNew, request);
}

async function renewed(
  session: Session,
  obtainNew: () => Promise<Authorization>,
  { signal }: HttpRequest,
): Promise<Authorization> {
  if (session.authorization !== undefined) return session.authorization;
  session.renewal ??= obtainNew()
    .then((authorization) => {
      session.authorization = authorization;
      return authorization;
    })
    .finally(() => {
      session.renewal = undefined;
    });
  // Everybody who waits may have been aborted by the time that it fails.
  session.renewal.catch(() => {});
  return abortable(session.renewal, signal);
}

/** Not under the request's signal: others may be waiting for the same. */
async function obtain(
  send: HttpSend,
  { credentials, limits }: AuthDeps,
  challenge: AuthChallenge | undefined,
  request: HttpRequest,
): Promise<Authorization> {
  const signal = AbortSignal.timeout(RENEWAL_TIMEOUT_MS);
  const { host, registry, repository } = request;
  const credential = await credentials.get(host.baseUrl.host, { registry, repository, signal });
  if (credential?.kind === 'registry-token') return lasting(`Bearer ${credential.token}`);
  if (challenge?.scheme === 'bearer') {
    const { token, lifetimeMs } = await fetchToken(send, { request, challenge, credential, signal }, limits);
    const renewAtMs = Date.now() + lifetimeMs * USED_LIFETIME;
    return { header: `Bearer ${token}`, withCredential: credential !== undefined, worked: false, renewAtMs };
  }
  if (credential?.kind === 'basic') return lasting(basicAuthorization(credential));
  throw wanting(request, credential);
}

function lasting(header: string): Authorization {
  return { header, withCredential: true, worked: false, renewAtMs: Number.POSITIVE_INFINITY };
}

function authorized(request: HttpRequest, authorization: Authorization | undefined): HttpRequest {
  if (authorization === undefined) return request;
  return { ...request, headers: { ...request.headers, authorization: authorization.header } };
}

function chooseChallenge({ headers }: HttpResponse, { subject }: HttpRequest): AuthChallenge {
  const challenges = parseChallenges(headers['www-authenticate'] ?? '');
  const chosen = ['bearer', 'basic'].map((scheme) =>
    challenges.find((challenge) => challenge.scheme === scheme),
  );
  const challenge = chosen.find((found) => found !== undefined);
  if (challenge === undefined)
    throw new RegistryError(
      'UNAUTHORIZED',
      `${subject}: the registry wants a proof other than Bearer or Basic (HTTP 401)`,
    );
  return challenge;
}

function wanting({ subject, host }: HttpRequest, credential: Credential | undefined): RegistryError {
  const text =
    credential === undefined
      ? `the registry wants credentials, and there are none for ${host.baseUrl.host}; log in to it`
      : `the registry wants a user name and a password, and there is only an identity token for ${host.baseUrl.host}`;
  return new RegistryError('UNAUTHORIZED', `${subject}: ${text}`);
}

function refusedTwice({ subject, host }: HttpRequest, { withCredential }: Authorization): RegistryError {
  const text = withCredential
    ? `the registry refuses the credentials for ${host.baseUrl.host}; log in again, or ask for access`
    : `the registry wants credentials, and there are none for ${host.baseUrl.host}; log in to it`;
  return new RegistryError('UNAUTHORIZED', `${subject}: ${text} (HTTP 401)`);
}
