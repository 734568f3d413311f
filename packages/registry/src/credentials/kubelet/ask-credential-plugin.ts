import { join } from 'node:path';
import { parseGoDuration } from '../../hosts/parse-go-duration.ts';
import { RegistryError } from '../../registry-error.ts';
import type { Credential } from '../credential-source.ts';
import { runCredentialProgram } from '../run-credential-program.ts';
import type { CredentialProvider } from './credential-provider.ts';

/** What a plugin says. */
export interface PluginAnswer {
  /** Which images the answer is for: this one, all of its registry, or all. */
  readonly scope: 'image' | 'registry' | 'global';
  /** Milliseconds; undefined for the configured default, 0 for this once. */
  readonly cacheMs: number | undefined;
  /** By patterns of images (`matchImage`). */
  readonly auth: ReadonlyMap<string, Credential>;
}

/** As the kubelet has it. */
const TIMEOUT_MS = 60_000;

const SCOPES: ReadonlyMap<unknown, PluginAnswer['scope']> = new Map([
  ['Image', 'image'],
  ['Registry', 'registry'],
  ['Global', 'global'],
]);

/**
 * Runs a plugin for an image: a CredentialProviderRequest goes to its standard input, a CredentialProviderResponse
 * comes from its standard output.
 * Source: k8s.io/kubelet credentialprovider/v1.
 *
 * @param image 'registry.example:5000/team/app'
 * @throws RegistryError UNAVAILABLE where it cannot be run, fails or answers nonsense; the message holds nothing of its
 *   output
 */
export async function askCredentialPlugin(
  provider: CredentialProvider,
  binDir: string,
  query: { readonly image: string; readonly signal: AbortSignal | undefined },
): Promise<PluginAnswer> {
  const program = join(binDir, provider.name);
  const { apiVersion } = provider;
  const { failure, output } = await runCredentialProgram({
    program,
    args: provider.args,
    env: { ...process.env, ...provider.env },
    input: JSON.stringify({ apiVersion, kind: 'CredentialProviderRequest', image: query.image }),
    timeoutMs: TIMEOUT_MS,
    signal: query.signal,
  });
  query.signal?.throwIfAborted();
  const what = `credential provider ${program} for ${query.image}`;
  if (failure !== undefined) throw new RegistryError('UNAVAILABLE', `${what} failed (${failure})`);
  const answer = parseAnswer(output, apiVersion);
  if (answer === undefined)
    throw new RegistryError(
      'UNAVAILABLE',
      `${what} gave an answer that is no CredentialProviderResponse of ${apiVersion}`,
    );
  return answer;
}

type Table = Readonly<Record<string, unknown>>;

function parseAnswer(output: string, apiVersion: string): PluginAnswer | undefined {
  const answer = parseTable(output);
  const scope = SCOPES.get(answer?.['cacheKeyType']);
  const duration = answer?.['cacheDuration'] ?? undefined;
  const cacheMs =
    typeof duration === 'string' ? parseGoDuration(duration === '0' ? '0s' : duration) : undefined;
  const valid =
    answer?.['kind'] === 'CredentialProviderResponse' &&
    answer['apiVersion'] === apiVersion &&
    (duration === undefined) === (cacheMs === undefined);
  return valid && scope !== undefined ? { scope, cacheMs, auth: authOf(answer['auth']) } : undefined;
}

function authOf(auth: unknown): ReadonlyMap<string, Credential> {
  const entries = isTable(auth) ? Object.entries(auth) : [];
  return new Map(
    entries.flatMap(([pattern, entry]): [string, Credential][] => {
      const { username, password } = isTable(entry) ? entry : {};
      const usable = typeof username === 'string' && typeof password === 'string' && username !== '';
      return usable ? [[pattern, { kind: 'basic', username, password }]] : [];
    }),
  );
}

function parseTable(output: string): Table | undefined {
  try {
    const value: unknown = JSON.parse(output);
    return isTable(value) ? value : undefined;
  } catch {
    // The parser's message quotes the answer.
    return undefined;
  }
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
