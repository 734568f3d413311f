import { LRUCache } from 'lru-cache';
import type { Credential, CredentialSource } from '../credentials/credential-source.ts';
import { isRefused } from '../credentials/is-refused.ts';
import { RegistryError } from '../registry-error.ts';
import { abortable } from './abortable.ts';
import { basicAuthorization } from './basic-authorization.ts';
import { belongsToHost } from './belongs-to-host.ts';
import { fetchToken, type TokenQuery } from './fetch-token.ts';
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
  /** What it was obtained by; undefined for a token that anybody gets. */
  readonly credential: Credential | undefined;
  /** Whether the registry has accepted it before. */
  worked: boolean;
  /** Milliseconds since 1970; before the token expires. */
  readonly renewAtMs: number;
}

/** What one request needs a proof for, and what has been tried. */
interface Wish {
  readonly request: HttpRequest;
  readonly refused: Credential[];
  /** What the last of them met with. */
  failure?: RegistryError;
}

interface Session {
  challenge?: AuthChallenge;
  authorization?: Authorization;
  renewal?: Promise<Authorization> | undefined;
}

/** Endpoint and repository pairs to remember tokens for. */
const SESSIONS = 1024;
/** Credentials that a registry may refuse for one request, before it is believed. */
const MAX_REFUSED = 4;
/** For credential helpers and token servers together. */
const RENEWAL_TIMEOUT_MS = 60_000;
/** Tokens are renewed before they expire on the way. */
const USED_LIFETIME = 0.9;

/**
 * Proves who asks, when a registry wants that: the first 401 says how, and further requests for the same repository
 * bring the proof along. Tokens are renewed when they age and when they are refused; requests that need the same
 * token wait for one renewal. Where credentials are refused, the source is asked for others. Requests to other places than the endpoint go out as they are.
 * Source: distribution.github.io/distribution/spec/auth.
 */
export function withAuth(send: HttpSend, deps: AuthDeps): HttpSend {
  const sessions = new LRUCache<string, Session>({ max: SESSIONS });
  return async (request) => {
    if (!belongsToHost(request.url, request.host)) return send(request);
    const session = sessionFor(sessions, request);
    const wish: Wish = { request, refused: [] };
    const obtainNew = () => obtain(send, deps, session.challenge, wish);
    let authorization = await currentAuthorization(session, obtainNew, request);
    for (let round = 0; ; round += 1) {
      const response = await send(authorized(request, authorization));
      if (!isRefusal(response, authorization, round)) return response;
      await response.body.discard();
      if (response.status === 401) session.challenge = chooseChallenge(response, request);
      // Another request may have got a new token meanwhile.
      if (session.authorization === authorization) delete session.authorization;
      if (authorization !== undefined && round > 0) giveUp(wish, authorization);
      authorization = await renewed(session, obtainNew, request);
    }
  };
}

/** Notes that what was obtained just now is refused. @throws RegistryError where there is nothing else to try */
function giveUp(wish: Wish, { credential }: Authorization): void {
  wish.failure = refusedError(wish.request, credential);
  if (credential === undefined || wish.refused.length >= MAX_REFUSED) throw wish.failure;
  wish.refused.push(credential);
}

/**
 * Whether a new proof may help. Some registries say 403 of a token that has expired: of one that has worked before
 * that is believed once.
 */
function isRefusal(response: HttpResponse, authorization: Authorization | undefined, round: number): boolean {
  const worked = authorization?.worked === true;
  if (authorization !== undefined && response.status < 400) authorization.worked = true;
  return response.status === 401 || (response.status === 403 && worked && round === 0);
}

function sessionFor(sessions: LRUCache<string, Session>, request: HttpRequest): Session {
  const { host, repository, access = 'pull' } = request;
  const key = `${host.baseUrl.href} ${repository} ${access}`;
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

/**
 * Gets a proof by the first credential that is not refused. Not under the request's signal: others may be waiting for
 * the same.
 */
async function obtain(
  send: HttpSend,
  deps: AuthDeps,
  challenge: AuthChallenge | undefined,
  wish: Wish,
): Promise<Authorization> {
  const signal = AbortSignal.timeout(RENEWAL_TIMEOUT_MS);
  const { host, registry, repository } = wish.request;
  const query = { registry, repository, refused: wish.refused, signal };
  for (;;) {
    const given = await deps.credentials.get(host.baseUrl.host, query);
    const credential = given !== undefined && isRefused(given, query) ? undefined : given;
    if (credential === undefined && wish.failure !== undefined) throw wish.failure;
    try {
      return await prove(send, deps, { request: wish.request, challenge, credential, signal });
    } catch (error) {
      if (credential === undefined || !isRefusedError(error)) throw error;
      if (wish.refused.length >= MAX_REFUSED) throw error;
      wish.failure = error;
      wish.refused.push(credential);
    }
  }
}

function isRefusedError(error: unknown): error is RegistryError {
  return error instanceof RegistryError && (error.code === 'UNAUTHORIZED' || error.code === 'FORBIDDEN');
}

async function prove(
  send: HttpSend,
  { limits }: AuthDeps,
  query: Omit<TokenQuery, 'challenge'> & { readonly challenge: AuthChallenge | undefined },
): Promise<Authorization> {
  const { challenge, credential, request } = query;
  if (credential?.kind === 'registry-token') return lasting(`Bearer ${credential.token}`, credential);
  if (challenge?.scheme === 'bearer') {
    const { token, lifetimeMs } = await fetchToken(send, { ...query, challenge }, limits);
    const renewAtMs = Date.now() + lifetimeMs * USED_LIFETIME;
    return { header: `Bearer ${token}`, credential, worked: false, renewAtMs };
  }
  if (credential?.kind === 'basic') return lasting(basicAuthorization(credential), credential);
  throw wanting(request, credential);
}

function lasting(header: string, credential: Credential): Authorization {
  return { header, credential, worked: false, renewAtMs: Number.POSITIVE_INFINITY };
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

function refusedError({ subject, host }: HttpRequest, credential: Credential | undefined): RegistryError {
  const text =
    credential === undefined
      ? `the registry wants credentials, and there are none for ${host.baseUrl.host}; log in to it`
      : `the registry refuses the credentials for ${host.baseUrl.host}; log in again, or ask for access`;
  return new RegistryError('UNAUTHORIZED', `${subject}: ${text} (HTTP 401)`);
}
