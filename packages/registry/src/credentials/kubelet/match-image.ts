/**
 * Whether an image matches a pattern of `matchImages` or of a plugin's `auth`. Ports are the same; the parts of the
 * host between the dots are as many, and each matches its pattern (`*` and `?` within a part); the pattern's path is
 * the beginning of the image's.
 * Source: k8s.io/kubernetes pkg/credentialprovider/keyring.go, URLsMatch.
 *
 * @param pattern '*.dkr.ecr.*.amazonaws.com', 'registry.example:5000/team'
 * @param image without scheme: 'registry.example:5000/team/app'
 */
export function matchImage(pattern: string, image: string): boolean {
  const [wanted, asked] = [split(pattern.replace(/^https?:\/\//, '')), split(image)];
  return (
    wanted.port === asked.port &&
    wanted.labels.length === asked.labels.length &&
    wanted.labels.every((label, at) => globOf(label).test(asked.labels[at] ?? '')) &&
    asked.path.startsWith(wanted.path)
  );
}

function split(text: string): { labels: readonly string[]; port: string; path: string } {
  const slash = text.indexOf('/');
  const [host, path] = slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash)];
  const [, name = host, port = ''] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  return { labels: name.toLowerCase().split('.'), port, path };
}

function globOf(label: string): RegExp {
  const source = label
    .replace(/[^\w*?-]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
