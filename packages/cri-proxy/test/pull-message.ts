import { BinaryWriter } from '@bufbuild/protobuf/wire';

export interface PullMessage {
  readonly image?: string;
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

/** The bytes of a PullImageRequest, with a sandbox that nobody looks at; AuthConfig is left out where it has no field. */
export function pullMessage({ image, ...auth }: PullMessage): Buffer {
  const writer = new BinaryWriter();
  if (image !== undefined) text(text(writer.tag(1, 2).fork(), 1, image), 18, 'runtime handler').join();
  const { username, password, auth: both, serverAddress, identityToken, registryToken } = auth;
  const fields = [username, password, both, serverAddress, identityToken, registryToken];
  if (fields.some((field) => field !== undefined)) {
    const config = writer.tag(2, 2).fork();
    for (const [at, field] of fields.entries()) if (field !== undefined) text(config, at + 1, field);
    config.join();
  }
  text(writer.tag(3, 2).fork(), 2, 'hostname').join();
  return Buffer.from(writer.finish());
}

function text(writer: BinaryWriter, field: number, value: string): BinaryWriter {
  return writer.tag(field, 2).string(value);
}
