import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProcessTerminal } from './process-terminal.ts';

function setUp(env: Record<string, string> = {}, isTTY?: boolean) {
  const stdout = Object.assign(new PassThrough(), isTTY === undefined ? {} : { isTTY });
  const exits: unknown[] = [];
  const exit = ((code?: number) => exits.push(code)) as unknown as typeof process.exit;
  const stderr = new PassThrough();
  return { stdout, stderr, exits, terminal: createProcessTerminal({ env, stdout, stderr, exit }) };
}

describe('createProcessTerminal', () => {
  it('writes lines', () => {
    const { stdout, stderr, terminal } = setUp();
    terminal.out('asked');
    terminal.err('wrong');
    expect(String(stdout.read())).toBe('asked\n');
    expect(String(stderr.read())).toBe('wrong\n');
  });

  it('shows progress in one line, to people alone', () => {
    const { stderr, terminal } = setUp();
    terminal.progress('1 of 2');
    expect(stderr.read()).toBeNull();
    Object.assign(stderr, { isTTY: true });
    terminal.progress('1 of 2');
    terminal.progress('');
    expect(String(stderr.read())).toBe('\r1 of 2\u001b[K\r\u001b[K');
  });

  it.each([
    { env: {}, isTTY: true, hasColour: true },
    { env: {}, isTTY: undefined, hasColour: false },
    { env: { NO_COLOR: '1' }, isTTY: true, hasColour: false },
    { env: { NO_COLOR: '' }, isTTY: true, hasColour: true },
    { env: { TERM: 'dumb' }, isTTY: true, hasColour: false },
  ])('has colour: $hasColour, with $env on a terminal: $isTTY', ({ env, isTTY, hasColour }) => {
    expect(setUp(env, isTTY).terminal.hasColour).toBe(hasColour);
  });

  it('ends the process when its reader has left, without a word', () => {
    const { stdout, stderr, exits } = setUp();
    stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(exits).toHaveLength(1);
    expect(stderr.read()).toBeNull();
  });
});
