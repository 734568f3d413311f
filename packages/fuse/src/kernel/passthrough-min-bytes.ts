/**
 * Files below this are not handed to the kernel to read by itself: it reads them with one request, and keeps them in
 * the page cache; registering a file takes longer than that request.
 */
export const PASSTHROUGH_MIN_BYTES = 128 << 10;
