import { KubePullSecretsError } from './kube-pull-secrets-error.ts';

/**
 * The lines of a stream, each parsed as JSON, as a watch sends them.
 *
 * @throws KubePullSecretsError UNAVAILABLE where a line is longer than `maxBytes` or no JSON; errors of the stream
 */
export async function* jsonLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<unknown, void, undefined> {
  let pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  const add = (piece: Uint8Array) => {
    sizeBytes += piece.length;
    if (sizeBytes > maxBytes)
      throw new KubePullSecretsError(
        'UNAVAILABLE',
        `the Kubernetes API sent a line of more than ${maxBytes} bytes`,
      );
    pieces.push(piece);
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, end));
      if (sizeBytes > 0) yield parseJson(Buffer.concat(pieces).toString());
      [pieces, sizeBytes, from] = [[], 0, end + 1];
    }
    // The chunk's memory is used again.
    if (from < chunk.length) add(Buffer.from(chunk.subarray(from)));
  }
}

/** @throws KubePullSecretsError UNAVAILABLE; the parser's own message would quote a secret */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KubePullSecretsError('UNAVAILABLE', 'the Kubernetes API sent what is no JSON');
  }
}
