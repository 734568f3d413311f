import { RegistryError } from '../registry-error.ts';
import type { Credential } from './credential-source.ts';
import { isDockerHub } from './is-docker-hub.ts';
import { runCredentialProgram } from './run-credential-program.ts';

const TIMEOUT_MS = 30_000;

/**
 * Asks `docker-credential-NAME get`, found on PATH.
 * Source: docker/docker-credential-helpers, "Development".
 *
 * @param name 'ecr-login', 'pass', ...
 * @returns undefined where the helper has none for that host
 * @throws RegistryError UNAVAILABLE where it cannot be run or fails; the message holds nothing of its output
 */
export async function askCredentialHelper(
  name: string,
  host: string,
  signal: AbortSignal | undefined,
): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`;
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    throw new RegistryError('INVALID', `'${name}' is not the name of a credential helper`);
  const { failure, output } = await runCredentialProgram({
    program,
    args: ['get'],
    input: isDockerHub(host) ? 'https://index.docker.io/v1/' : host,
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  if (failure === undefined) return parseAnswer(output, program);
  signal?.throwIfAborted();
  if (output.includes('credentials not found')) return undefined;
  throw new RegistryError('UNAVAILABLE', `credential helper ${program} for ${host} failed (${failure})`);
}

function parseAnswer(output: string, program: string): Credential {
  try {
    const answer = JSON.parse(output) as { readonly Username?: unknown; readonly Secret?: unknown };
    const { Username: username, Secret: secret } = answer;
    if (typeof username === 'string' && typeof secret === 'string') {
      return username === '<token>'
        ? { kind: 'identity-token', token: secret }
        : { kind: 'basic', username, password: secret };
    }
  } catch {
    // The parser's message quotes the answer.
  }
  throw new RegistryError('UNAVAILABLE', `credential helper ${program} gave an answer that is none`);
}
