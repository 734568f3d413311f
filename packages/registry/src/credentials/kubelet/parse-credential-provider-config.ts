import { parse } from 'yaml';
import { parseGoDuration } from '../../hosts/parse-go-duration.ts';
import { RegistryError } from '../../registry-error.ts';
import type { CredentialProvider } from './credential-provider.ts';

const KIND = 'CredentialProviderConfig';
const CONFIG_VERSION = /^kubelet\.config\.k8s\.io\/v1(alpha1|beta1)?$/;
const PLUGIN_VERSION = /^credentialprovider\.kubelet\.k8s\.io\/v1(alpha1|beta1)?$/;

/**
 * Reads the file that the kubelet's `--image-credential-provider-config` names.
 * Source: k8s.io/kubelet config/v1, CredentialProviderConfig.
 *
 * @param text YAML or JSON
 * @param file for messages
 * @throws RegistryError INVALID; the message quotes no value but names: arguments and environment may be secrets
 */
export function parseCredentialProviderConfig(text: string, file: string): readonly CredentialProvider[] {
  const root = parseYaml(text, file);
  if (!isTable(root) || root['kind'] !== KIND || !CONFIG_VERSION.test(String(root['apiVersion'])))
    throw invalid(file, `not a ${KIND} of kubelet.config.k8s.io/v1`);
  const { providers } = root;
  if (!Array.isArray(providers) || providers.length === 0) throw invalid(file, 'providers must be a list');
  return providers.map((provider: unknown, at) => providerOf(provider, `${file}: providers[${at}]`));
}

function parseYaml(text: string, file: string): unknown {
  try {
    // Its warnings quote the text, too.
    return parse(text, { logLevel: 'error' });
  } catch (error) {
    // The message quotes the text.
    const [position] = (error as { readonly linePos?: readonly { readonly line: number }[] }).linePos ?? [];
    throw invalid(`${file}${position ? `:${position.line}` : ''}`, 'not YAML');
  }
}

function providerOf(provider: unknown, where: string): CredentialProvider {
  if (!isTable(provider)) throw invalid(where, 'must be an object');
  const { name, apiVersion, tokenAttributes } = provider;
  // It is joined to the directory of plugins.
  if (typeof name !== 'string' || !/^[^/\s]+$/.test(name) || /^\.\.?$/.test(name))
    throw invalid(where, 'name must be the name of an executable, without a directory');
  if (!PLUGIN_VERSION.test(String(apiVersion)))
    throw invalid(where, 'apiVersion must be credentialprovider.kubelet.k8s.io/v1');
  if (tokenAttributes !== undefined)
    throw invalid(
      where,
      'tokenAttributes: only a kubelet has tokens of service accounts; name another plugin here',
    );
  const matchImages = stringsOf(provider['matchImages'], `${where}: matchImages`);
  if (matchImages.length === 0) throw invalid(where, 'matchImages must be a list of image patterns');
  return {
    name,
    apiVersion: String(apiVersion),
    matchImages,
    defaultCacheMs: durationOf(provider['defaultCacheDuration'], `${where}: defaultCacheDuration`),
    args: stringsOf(provider['args'], `${where}: args`),
    env: environmentOf(provider['env'], `${where}: env`),
  };
}

function durationOf(value: unknown, where: string): number {
  const durationMs = typeof value === 'string' ? parseGoDuration(value === '0' ? '0s' : value) : undefined;
  if (durationMs === undefined) throw invalid(where, 'must be a duration like "12h" or "30m"');
  return durationMs;
}

function stringsOf(value: unknown, where: string): readonly string[] {
  const list: unknown = value ?? [];
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string'))
    throw invalid(where, 'must be a list of strings');
  return list;
}

function environmentOf(value: unknown, where: string): Readonly<Record<string, string>> {
  const list: unknown = value ?? [];
  if (!Array.isArray(list)) throw invalid(where, 'must be a list of objects with name and value');
  return Object.fromEntries(
    list.map((item: unknown): [string, string] => {
      const { name, value: text } = isTable(item) ? item : {};
      if (typeof name !== 'string' || name === '' || typeof text !== 'string')
        throw invalid(where, 'must be a list of objects with name and value');
      return [name, text];
    }),
  );
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(where: string, problem: string): RegistryError {
  return new RegistryError('INVALID', `${where}: ${problem}`);
}
