import { mountAt } from '@sluice/linux';

/** 'MAJOR:MINOR' of the file system that is mounted at a path; undefined if none is. */
export function deviceAt(mountpoint: string): string | undefined {
  const found = mountAt(mountpoint);
  return found && `${found.major}:${found.minor}`;
}
