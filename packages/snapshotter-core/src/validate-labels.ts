import type { Labels } from './labels.ts';
import { SnapshotterError } from './snapshotter-error.ts';

/** Bytes of UTF-8 that key and value may have together. Source: containerd pkg/labels/validate.go. */
const MAX_LABEL_BYTES = 4096;

/**
 * Bytes that all labels of a snapshot may have together. Far more than any has; but a snapshot is told in one message,
 * of which containerd's clients take 16 MiB, and one that is longer would make every List fail.
 */
const MAX_LABELS_BYTES = 8 * 1024 * 1024;

/** @throws SnapshotterError INVALID_ARGUMENT for a label without a key, one that is too long, or too many of them */
export function validateLabels(labels: Labels): void {
  let totalBytes = 0;
  for (const [key, value] of Object.entries(labels)) {
    if (key === '') throw new SnapshotterError('INVALID_ARGUMENT', 'a label must have a key');
    const sizeBytes = utf8Bytes(key) + utf8Bytes(value);
    if (sizeBytes > MAX_LABEL_BYTES) {
      throw new SnapshotterError(
        'INVALID_ARGUMENT',
        `the label ${key.slice(0, 64)} has ${sizeBytes} bytes of key and value; at most ${MAX_LABEL_BYTES} are allowed`,
      );
    }
    totalBytes += sizeBytes;
  }
  if (totalBytes > MAX_LABELS_BYTES) {
    throw new SnapshotterError(
      'INVALID_ARGUMENT',
      `the labels have ${totalBytes} bytes together; at most ${MAX_LABELS_BYTES} are allowed`,
    );
  }
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts as two of the pair's four bytes.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}
