import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { answer, answerError, type Exchange } from './exchange.ts';

/** How a test registry asks who is there. */
export interface TestAuthOptions {
  readonly kind: 'none' | 'basic' | 'bearer';
  /** Wanted by `basic`, and by the token server of `bearer`; without it tokens are given to anybody. */
  readonly username?: string;
  readonly password?: string;
  /** A refresh token that the token server exchanges too. */
  readonly identityToken?: string;
  /** How long bearer tokens are good. Default 300 s. */
  readonly tokenTtlMs?: number;
  /** `expires_in` of tokens; undefined leaves it out, which means 60 s. Default: as they are good. */
  readonly claimedTtlSeconds?: number | undefined;
}

export interface TestAuth {
  /** @returns whether the request may go on; if not, it has been answered with 401 */
  admits(exchange: Exchange): boolean;
  /** Answers GET and POST of the token server. */
  serveToken(exchange: Exchange): Promise<void>;
  revokeTokens(): void;
}

/** @param realm the token server's address, once it is known */
export function createTestAuth(options: TestAuthOptions, realm: () => string): TestAuth {
  const tokens = new Map<string, { readonly scope: string; readonly expiresAtMs: number }>();
  const basic = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
  const ttlMs = options.tokenTtlMs ?? 300_000;

  const bearerIsGood = ({ request, log }: Exchange): boolean => {
    const token = tokens.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
    if (token === undefined || token.expiresAtMs < Date.now()) return false;
    const own = log.repository === '' || token.scope.startsWith(`repository:${log.repository}:`);
    return own && (!isWrite(request) || token.scope.endsWith(',push'));
  };
  const challenge = (exchange: Exchange): string => {
    if (options.kind === 'basic') return 'Basic realm="test registry"';
    const { repository } = exchange.log;
    const actions = isWrite(exchange.request) ? 'pull,push' : 'pull';
    const scope = repository === '' ? '' : `,scope="repository:${repository}:${actions}"`;
    return `Bearer realm="${realm()}",service="test registry"${scope}`;
  };
  const knows = (form: URLSearchParams, { request }: Exchange): boolean => {
    if (options.username === undefined) return true;
    if (form.get('grant_type') === 'refresh_token')
      return form.get('refresh_token') === options.identityToken;
    if (form.get('grant_type') === 'password')
      return form.get('username') === options.username && form.get('password') === options.password;
    return request.headers.authorization === basic;
  };
  return {
    admits: (exchange) => {
      const good =
        options.kind === 'basic' ? exchange.request.headers.authorization === basic : bearerIsGood(exchange);
      if (options.kind === 'none' || good) return true;
      exchange.response.setHeader('www-authenticate', challenge(exchange));
      answerError(exchange, 401, 'UNAUTHORIZED');
      return false;
    },
    serveToken: async (exchange) => {
      const form = await formOf(exchange);
      if (!knows(form, exchange)) return answerError(exchange, 401, 'UNAUTHORIZED');
      const token = randomBytes(16).toString('hex');
      tokens.set(token, { scope: form.get('scope') ?? '', expiresAtMs: Date.now() + ttlMs });
      const claimed = 'claimedTtlSeconds' in options ? options.claimedTtlSeconds : Math.round(ttlMs / 1000);
      const body = JSON.stringify({ token, access_token: token, expires_in: claimed });
      answer(exchange, { status: 200, headers: { 'content-type': 'application/json' }, body });
    },
    revokeTokens: () => tokens.clear(),
  };
}

function isWrite({ method }: IncomingMessage): boolean {
  return method === 'POST' || method === 'PUT';
}

async function formOf({ request, url }: Exchange): Promise<URLSearchParams> {
  if (request.method !== 'POST') return url.searchParams;
  return new URLSearchParams(await text(request));
}
