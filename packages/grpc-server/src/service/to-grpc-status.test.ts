import { SnapshotterError, type SnapshotterErrorCode } from '@sluice/snapshotter-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatusCode } from './grpc-status.ts';
import { toGrpcStatus } from './to-grpc-status.ts';

describe('toGrpcStatus', () => {
  // containerd's errdefs: pkg/errgrpc, the table from classes of errors to codes.
  it.each([
    ['NOT_FOUND', 5],
    ['ALREADY_EXISTS', 6],
    ['INVALID_ARGUMENT', 3],
    ['FAILED_PRECONDITION', 9],
    ['UNAVAILABLE', 14],
    ['RESOURCE_EXHAUSTED', 8],
    ['UNIMPLEMENTED', 12],
    ['CANCELLED', 1],
    ['INTERNAL', 13],
  ] as const)('gives %s the code %d, and its message', (code, number) => {
    const given: SnapshotterErrorCode = code;
    const status = toGrpcStatus(new SnapshotterError(given, 'what failed'));
    expect({ ...status, code: StatusCode[status.code] }).toEqual({ code: number, details: 'what failed' });
  });

  it.each([new Error('secret'), 'secret', undefined])('says nothing of %s but that it is ours', (error) => {
    const { code, details } = toGrpcStatus(error);
    expect(code).toBe('INTERNAL');
    expect(details).not.toContain('secret');
  });

  it('makes details that fit into a header, of any message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(5000), (text, repeats) => {
        const { details } = toGrpcStatus(new SnapshotterError('NOT_FOUND', text.repeat(repeats)));
        // As grpc-js encodes it; throws for halves of characters.
        expect(encodeURI(details).length).toBeLessThan(40_000);
      }),
    );
  });
});
