import type { ImageReference } from './image-reference.ts';

/** The canonical text of a reference, which `parseImageReference` reads back: docker.io/library/python:3.13. */
export function formatImageReference({ host, repository, tag, digest }: ImageReference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
