import { hash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { estargzFooter } from '@sluice/testkit/estargz';
import { longestFooter, parseFooter } from '../../src/estargz/footer.ts';

const tarBlock = 512;

/** A blob as two parts: see `FuzzKind` 'layer'. */
export interface LayerParts {
  readonly json: Uint8Array;
  readonly data: Uint8Array;
}

export function packParts({ json, data }: LayerParts): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json, data]);
}

/** Any bytes are parts: a length that is too long means all of them. */
export function unpackParts(bytes: Uint8Array): LayerParts {
  const length = bytes.length < 4 ? 0 : Buffer.from(bytes.subarray(0, 4)).readUInt32LE();
  const body = bytes.subarray(4);
  return { json: body.subarray(0, length), data: body.subarray(length) };
}

/** Takes a good blob apart. */
export function takeApart(blob: Uint8Array): LayerParts {
  const footer = parseFooter(blob.subarray(-longestFooter), blob.length);
  if (footer?.tocOffset === undefined) throw new Error('a seed of the fuzzer is no eStargz blob');
  const tar = gunzipSync(blob.subarray(footer.tocOffset, blob.length - footer.sizeBytes));
  const size = Number.parseInt(tar.toString('latin1', 124, 135), 8);
  return {
    json: tar.subarray(tarBlock, tarBlock + size),
    data: blob.subarray(0, footer.tocOffset),
  };
}

/** Puts a blob together whose footer is right and whose table of contents has the digest `tocDigest`. */
export function assemble({ json, data }: LayerParts): { blob: Uint8Array; tocDigest: string } {
  const header = Buffer.alloc(tarBlock);
  header.write('stargz.index.json');
  header.write(json.length.toString(8).padStart(11, '0'), 124);
  const table = gzipSync(Buffer.concat([header, json]), { level: 1 });
  const blob = Buffer.concat([data, table, estargzFooter(data.length)]);
  return { blob, tocDigest: `sha256:${hash('sha256', json)}` };
}
