import { stageFile } from './stage-file.ts';

/**
 * Writes a file so that its name stands for either all of the bytes or what it stood for before, even after a
 * loss of power. The file gets mode 0600; its directory must exist.
 */
export async function writeFileAtomically(path: string, bytes: Uint8Array): Promise<void> {
  await (await stageFile(path, bytes)).publish();
}
