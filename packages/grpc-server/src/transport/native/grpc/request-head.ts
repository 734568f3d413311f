import type { HeaderDecoder } from '../hpack/header-decoder.ts';

/** What is told to clients, and more than any has: in bytes, counted as RFC 9113, section 6.5.2, does. */
export const MAX_HEADER_LIST_BYTES = 64 * 1024;

const ENTRY_OVERHEAD_BYTES = 32;

/** The headers of a request, as far as they matter. */
export interface RequestHead {
  method: string;
  path: string;
  contentType: string;
  timeout: string | undefined;
  encoding: string;
  /** There were more headers than are allowed. */
  isTooLarge: boolean;
  /** RFC 9113, section 8.1.1: names in upper case, or pseudo-headers after others. */
  isMalformed: boolean;
}

/**
 * Decodes a header block. All of it, whatever is wrong: the next one builds on it.
 *
 * @throws HpackError
 */
export function readRequestHead(decoder: HeaderDecoder, block: Buffer): RequestHead {
  const head: RequestHead = {
    method: '',
    path: '',
    contentType: '',
    timeout: undefined,
    encoding: 'identity',
    isTooLarge: false,
    isMalformed: false,
  };
  let sizeBytes = 0;
  let isPseudoOver = false;
  decoder.decode(block, (name, value) => {
    sizeBytes += name.length + value.length + ENTRY_OVERHEAD_BYTES;
    const isPseudo = name.charCodeAt(0) === 0x3a;
    if (isPseudo ? isPseudoOver : /[A-Z]/.test(name)) head.isMalformed = true;
    isPseudoOver ||= !isPseudo;
    keep(head, name, value);
  });
  head.isTooLarge = sizeBytes > MAX_HEADER_LIST_BYTES;
  return head;
}

function keep(head: RequestHead, name: string, value: string): void {
  switch (name) {
    case ':method':
      head.method = value;
      break;
    case ':path':
      head.path = value;
      break;
    case 'content-type':
      head.contentType = value;
      break;
    case 'grpc-timeout':
      head.timeout = value;
      break;
    case 'grpc-encoding':
      head.encoding = value;
      break;
  }
}
