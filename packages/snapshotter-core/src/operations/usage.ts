import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import type { Usage } from '../usage.ts';
import { requireSnapshot } from './require-snapshot.ts';

const NOTHING: Usage = { sizeBytes: 0, inodes: 0 };

export async function usage(context: Context, name: string, options?: CallOptions): Promise<Usage> {
  const { meta, dirs, fileSystem } = context;
  const record = meta.read((tx) => requireSnapshot(tx, name));
  if (record.kind === 'active') return await dirs.usage(record.id, options);
  if (record.kind === 'view') return NOTHING;
  if (record.remote && fileSystem) return fileSystem.usage(dirs.contentPath(record.id));
  return record.usage ?? NOTHING;
}
