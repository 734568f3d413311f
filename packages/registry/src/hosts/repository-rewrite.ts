import { isRepositoryName } from '../names.ts';
import { RegistryError } from '../registry-error.ts';

/** One entry of the `rewrite` table that k3s and RKE2 add to hosts.toml: what a mirror calls a repository. */
export interface RepositoryRewrite {
  readonly pattern: RegExp;
  /** Go's template: `$1`, `${1}` and `${name}` are groups, `$$` is a dollar. */
  readonly template: string;
}

/**
 * Compiles a rewrite. Patterns are Go's (RE2), whose common part with JavaScript's is what people write; `(?P<name>)`,
 * `\A`, `\z` and flags at the beginning are translated.
 * Source: k3s documentation, "Private Registry Configuration", Rewrites; Go regexp, Regexp.Expand.
 *
 * @returns undefined where the pattern is none that both know
 */
export function compileRewrite(pattern: string, template: string): RepositoryRewrite | undefined {
  const [, flags = '', rest = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(pattern) ?? [];
  const source = rest
    .replace(/\\(.)/gs, (all, letter: string) => GO_ESCAPES[letter] ?? punctuation(letter) ?? all)
    .replaceAll('(?P<', '(?<');
  try {
    return { pattern: new RegExp(source, `gu${[...new Set(flags)].join('')}`), template };
  } catch {
    return undefined;
  }
}

const GO_ESCAPES: Readonly<Record<string, string>> = { A: '^', z: '$' };

/** Go lets any punctuation be escaped, JavaScript only some. */
function punctuation(letter: string): string | undefined {
  return /[!-/:-@[-^`{-~]/.test(letter) ? `\\x${letter.charCodeAt(0).toString(16)}` : undefined;
}

/**
 * The repository's name at an endpoint: by the first rewrite whose pattern occurs in it, every occurrence replaced.
 *
 * @param subject begins the message of an error
 * @throws RegistryError INVALID where a rewrite makes something that is no name
 */
export function rewriteRepository(
  rewrites: readonly RepositoryRewrite[],
  repository: string,
  subject: string,
): string {
  const rewrite = rewrites.find(({ pattern }) => repository.search(pattern) >= 0);
  if (rewrite === undefined) return repository;
  const name = replaceAll(rewrite, repository);
  if (isRepositoryName(name)) return name;
  const what = `its rewrite in hosts.toml makes '${name.slice(0, 300)}' of the repository, which cannot be the name of one`;
  throw new RegistryError('INVALID', `${subject}: ${what}`);
}

/** As Go's: an empty match right after another match is none, so that `(.*)` matches once. */
function replaceAll({ pattern, template }: RepositoryRewrite, repository: string): string {
  let name = '';
  let end = -1;
  for (const match of repository.matchAll(pattern)) {
    const [text] = match;
    if (text === '' && match.index === end) continue;
    name += repository.slice(Math.max(0, end), match.index) + expand(template, match);
    end = match.index + text.length;
  }
  return name + repository.slice(Math.max(0, end));
}

function expand(template: string, match: RegExpExecArray): string {
  const named = match.groups ?? {};
  return template.replace(/\$(?:(\$)|(\w+)|\{(\w+)\})/g, (_all, dollar, plain = '', braced = '') => {
    const name: string = plain || braced;
    return dollar ?? (/^\d+$/.test(name) ? match[Number(name)] : named[name]) ?? '';
  });
}
