import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { AuthConfig } from './auth-config.ts';

/** The parts of a PullImageRequest that tell which credentials belong to which image. */
export interface PullRequest {
  /** As the client wrote it; '' where it is missing. */
  readonly image: string;
  /** Undefined where the pull is anonymous. */
  readonly auth: AuthConfig | undefined;
}

/**
 * Reads a PullImageRequest. Fields that are not looked for are skipped, whatever newer versions add.
 * Source: k8s.io/cri-api runtime/v1/api.proto.
 *
 *     PullImageRequest { ImageSpec image = 1; AuthConfig auth = 2; PodSandboxConfig sandbox_config = 3; }
 *     ImageSpec        { string image = 1; ... }
 *     AuthConfig       { string username = 1; string password = 2; string auth = 3; string server_address = 4;
 *                        string identity_token = 5; string registry_token = 6; }
 *
 * @returns undefined where the bytes are no such message
 */
export function readPullRequest(message: Uint8Array): PullRequest | undefined {
  try {
    const fields = bytesFields(message);
    const image = fields.get(1);
    const auth = fields.get(2);
    return { image: image ? textOf(bytesFields(image).get(1)) : '', auth: auth && readAuth(auth) };
  } catch {
    // Whatever it is, containerd says what is wrong with it; the error may quote a secret.
    return undefined;
  }
}

function readAuth(message: Uint8Array): AuthConfig {
  const fields = bytesFields(message);
  return {
    username: textOf(fields.get(1)),
    password: textOf(fields.get(2)),
    auth: textOf(fields.get(3)),
    serverAddress: textOf(fields.get(4)),
    identityToken: textOf(fields.get(5)),
    registryToken: textOf(fields.get(6)),
  };
}

/** The last value of each length-delimited field, by number. */
function bytesFields(message: Uint8Array): Map<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>();
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.LengthDelimited) fields.set(number, reader.bytes());
    else reader.skip(type, number);
  }
  return fields;
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
