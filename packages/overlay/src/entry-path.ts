/** The path of a directory's entry, in bytes: images hold names that are not UTF-8. */
export function entryPath(directory: Buffer | string, name: Buffer): Buffer {
  return Buffer.concat([typeof directory === 'string' ? Buffer.from(directory) : directory, slash, name]);
}

const slash = Buffer.from('/');
