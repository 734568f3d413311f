/** What becomes a layer: files where they lie on this machine, and where they are in the image. */
export interface LayerSource {
  /** The path in the image of all entries, without a slash at either end; empty for the root. */
  readonly at: string;
  readonly entries: readonly { readonly directory: string; readonly name: string }[];
}

/**
 * Arguments of tar(1) that select the files of a layer, of which times and owners are the same at every run. Symbolic
 * links keep their targets; files that share an inode here do not in the image.
 */
export function tarArgs({ at, entries }: LayerSource): string[] {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  const place = at === '' ? [] : [`--transform=flags=r;s,^,${at}/,`];
  const files = entries.flatMap(({ directory, name }) => ['-C', directory, name]);
  return [...same, '--hard-dereference', ...place, ...files];
}
