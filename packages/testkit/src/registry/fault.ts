/** Which requests there are: `storage` is one to the place that blobs are redirected to. */
export type RequestKind = 'base' | 'manifest' | 'blob' | 'upload' | 'referrers' | 'token' | 'storage';

/**
 * What a test registry does instead of answering well. Positions count the bytes of the body that it would send.
 *
 * - `status`: answers with that status, headers and text.
 * - `hang`: never answers.
 * - `reset`: sends the headers and so many bytes (of a token answer nothing), then resets the connection (RST).
 * - `truncate`: announces the whole length, sends so many bytes, then closes the connection.
 * - `short`: announces and sends that many bytes less, under a Content-Range that promises all.
 * - `long`: announces and sends that many bytes more.
 * - `endless`: sends the right bytes without announcing how many, and then others until the client leaves.
 * - `stall`: sends so many bytes, then nothing more, and keeps the connection open.
 * - `drip`: sends `bytes` at a time with pauses of `pauseMs`.
 * - `wrong-range`: sends the range that lies `shift` bytes later (or earlier), and says so in Content-Range.
 * - `content-range`: sends the right bytes under this Content-Range; undefined leaves it out.
 * - `ignore-range`: sends the whole content with status 200.
 * - `unchunked`: `ignore-range` without a Content-Length.
 * - `corrupt`: flips a bit of every byte.
 * - `encoding`: claims that Content-Encoding, and sends the bytes as they are.
 * - `redirect`: sends the client elsewhere.
 * - `expire-signatures`: refuses every signed address that was given, then answers as usual (that is 403).
 * - `expire-tokens`: revokes every token that was issued, then answers as usual (that is 401).
 */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset'; readonly afterBytes: number }
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  | { readonly kind: 'short'; readonly bytes: number }
  | { readonly kind: 'long'; readonly bytes: number }
  | { readonly kind: 'endless' }
  | { readonly kind: 'stall'; readonly afterBytes: number }
  | { readonly kind: 'drip'; readonly bytes: number; readonly pauseMs: number }
  | { readonly kind: 'wrong-range'; readonly shift: number }
  | { readonly kind: 'content-range'; readonly value: string | undefined }
  | { readonly kind: 'ignore-range' }
  | { readonly kind: 'unchunked' }
  | { readonly kind: 'corrupt' }
  | { readonly kind: 'encoding'; readonly value: string }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  | { readonly kind: 'expire-signatures' }
  | { readonly kind: 'expire-tokens' };
