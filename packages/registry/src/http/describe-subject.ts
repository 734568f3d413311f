/** What an operation is about, for messages. */
export interface Subject {
  /** The host of the image reference. */
  readonly registry: string;
  readonly repository: string;
  /** 'blob sha256:...', 'manifest sha256:...' or 'tag latest'. */
  readonly object: string;
}

/**
 * The beginning of every message: where, and what of.
 *
 * @param endpoint the host asked, where it may be another than the registry's own
 */
export function describeSubject(subject: Subject, endpoint = subject.registry): string {
  const own =
    endpoint === subject.registry ||
    (subject.registry === 'docker.io' && endpoint === 'registry-1.docker.io');
  const where = own ? subject.registry : `${endpoint} (for ${subject.registry})`;
  return `registry ${where}: ${subject.object} of ${subject.repository}`;
}

/** A digest short enough for a message: the algorithm and twelve hex digits. */
export function shortDigest(digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return hex.length > 12 ? `${algorithm}:${hex.slice(0, 12)}…` : digest;
}
