import { readFile } from 'node:fs/promises';
import { KubePullSecretsError } from './kube-pull-secrets-error.ts';

/** A file's text. @throws KubePullSecretsError INVALID, with the path */
export async function readText(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new KubePullSecretsError('INVALID', `${path}: cannot be read (${why})`);
  });
}
