import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultHost } from '../hosts/default-host.ts';
import { RegistryError } from '../registry-error.ts';
import { createHostCooldown } from './host-cooldown.ts';

const [a, b] = [defaultHost('a.example'), defaultHost('b.example')] as const;
const down = new RegistryError('UNAVAILABLE', 'down');
const garbled = new RegistryError('BAD_RESPONSE', 'garbled');
const missing = new RegistryError('NOT_FOUND', 'missing');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function started(maxCooldownMs = 30_000) {
  const cooldown = createHostCooldown(maxCooldownMs);
  const first = (object = 'x') => cooldown.order([a, b], object)[0]?.baseUrl.host;
  /** How long the first host is asked last. */
  const cooledMs = () => {
    let ms = 0;
    for (; first() !== 'a.example' && ms < 100_000; ms += 500) vi.advanceTimersByTime(500);
    return ms;
  };
  return { cooldown, first, cooledMs };
}

describe('a host that was unavailable', () => {
  test('is asked last for everything, first briefly, then longer with each failure in succession', () => {
    const { cooldown, first, cooledMs } = started();
    cooldown.failed(a, 'x', down);
    expect([first('x'), first('y')]).toEqual(['b.example', 'b.example']);
    const waits = [cooledMs()];
    for (let i = 0; i < 6; i += 1) {
      cooldown.failed(a, 'x', down);
      waits.push(cooledMs());
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test('counts once for all requests that fail at the same time', () => {
    const { cooldown, cooledMs } = started();
    for (let i = 0; i < 16; i += 1) cooldown.failed(a, 'x', down);
    expect(cooledMs()).toBe(1000);
  });

  test('begins anew after a success', () => {
    const { cooldown, first, cooledMs } = started();
    cooldown.failed(a, 'x', down);
    cooledMs();
    cooldown.failed(a, 'x', down);
    cooldown.succeeded(a, 'y');
    expect(first()).toBe('a.example');
    cooldown.failed(a, 'x', down);
    expect(cooledMs()).toBe(1000);
  });

  test('comes before one that will be ready later', () => {
    const { cooldown, first } = started();
    cooldown.failed(b, 'x', down);
    vi.advanceTimersByTime(500);
    cooldown.failed(a, 'x', down);
    expect(first()).toBe('b.example');
  });

  test('is asked as ever where there is no cooldown', () => {
    const { cooldown, first } = started(0);
    cooldown.failed(a, 'x', down);
    expect(first()).toBe('a.example');
  });
});

describe('a host in trouble with one object', () => {
  test('is asked last for that object only', () => {
    const { cooldown, first } = started();
    cooldown.failed(a, 'x', garbled);
    expect([first('x'), first('y')]).toEqual(['b.example', 'a.example']);
  });

  test('that it does not have is asked last for the whole time at once', () => {
    const { cooldown, cooledMs } = started();
    cooldown.failed(a, 'x', missing);
    expect(cooledMs()).toBe(30_000);
  });
});
