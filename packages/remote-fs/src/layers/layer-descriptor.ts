/** What an image's manifest says of one of its layers. Source: OCI image-spec, descriptor.md. */
export interface LayerDescriptor {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * The layers of an image manifest, the base first. Entries that are no layers are left out, and so is
 * everything, if the bytes are not a manifest: the registry may send anything that has the right digest.
 */
export function layersOfManifest(bytes: Uint8Array): readonly LayerDescriptor[] {
  const layers = fieldOf(parse(bytes), 'layers');
  if (!Array.isArray(layers)) return [];
  return layers.map(descriptorOf).filter((layer) => layer !== undefined);
}

function descriptorOf(value: unknown): LayerDescriptor | undefined {
  const digest = fieldOf(value, 'digest');
  const size = fieldOf(value, 'size');
  if (typeof digest !== 'string' || !Number.isSafeInteger(size) || (size as number) < 0) return undefined;
  const annotations = fieldOf(value, 'annotations');
  const pairs = Object.entries(typeof annotations === 'object' && annotations ? annotations : {});
  return {
    digest,
    sizeBytes: size as number,
    annotations: Object.fromEntries(pairs.filter(([, text]) => typeof text === 'string')),
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
