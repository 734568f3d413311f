import { describe, expect, it } from 'vitest';
import { createKindTrust } from './kind-trust.ts';

describe('createKindTrust', () => {
  const both = ['.py', '.pyc'];

  it('wants kinds of which a file was read', () => {
    const trust = createKindTrust();
    expect(trust.isWanted('.py')).toBe(false);
    trust.noteRead('lib/enum', '.py', both);
    expect(trust.isWanted('.py')).toBe(true);
    expect(trust.isWanted('.pyc')).toBe(false);
  });

  it('does not want a kind any more whose files are passed over while others beside them are read', () => {
    const trust = createKindTrust();
    trust.noteRead('app/main', '.py', ['.py']);
    for (let at = 0; at < 8; at++) trust.noteRead(`lib/m${at}`, '.pyc', both);
    expect(trust.isWanted('.pyc')).toBe(true);
    expect(trust.isWanted('.py')).toBe(false);
    for (let at = 0; at < 8; at++) trust.noteRead(`lib/m${at}`, '.py', both);
    expect(trust.isWanted('.py')).toBe(true);
  });

  it('counts a file once, however often it is read', () => {
    const trust = createKindTrust();
    for (let at = 0; at < 8; at++) trust.noteRead(`lib/m${at}`, '.pyc', both);
    for (let at = 0; at < 20; at++) trust.noteRead('lib/m1', '.py', both);
    expect(trust.isWanted('.py')).toBe(false);
  });
});
