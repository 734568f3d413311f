import { describe, expect, it } from 'vitest';
import { createSharedTask } from './shared-task.ts';

/** A task that ends when the test says so, or when it is aborted. */
function controlled() {
  const outcome = Promise.withResolvers<string>();
  let signal: AbortSignal | undefined;
  const task = createSharedTask((given) => {
    signal = given;
    given.addEventListener('abort', () => outcome.reject(given.reason));
    return outcome.promise;
  });
  return { task, outcome, aborted: () => signal!.aborted };
}

describe('createSharedTask', () => {
  it('gives its result to all who wait', async () => {
    const { task, outcome } = controlled();
    const waits = [task.wait(), task.wait({ signal: new AbortController().signal })];
    outcome.resolve('done');
    expect(await Promise.all(waits)).toEqual(['done', 'done']);
  });

  it('gives its failure to all who wait, and settles without one', async () => {
    const { task, outcome } = controlled();
    const wait = task.wait();
    outcome.reject(new Error('broken'));
    await expect(wait).rejects.toThrow('broken');
    await task.settled;
  });

  it('goes on while one of the waiters is left', async () => {
    const { task, outcome, aborted } = controlled();
    const leaving = new AbortController();
    const left = task.wait({ signal: leaving.signal });
    const stays = task.wait({ signal: new AbortController().signal });
    leaving.abort(new Error('not me'));
    await expect(left).rejects.toThrow('not me');
    expect(aborted()).toBe(false);
    outcome.resolve('done');
    expect(await stays).toBe('done');
  });

  it('is aborted and abandoned when the last waiter leaves', async () => {
    const { task, aborted } = controlled();
    const leaving = new AbortController();
    const left = task.wait({ signal: leaving.signal });
    leaving.abort(new Error('nobody'));
    await expect(left).rejects.toThrow('nobody');
    expect(aborted()).toBe(true);
    expect(task.abandoned).toBe(true);
    await task.settled;
  });

  it('runs on if nobody ever waited', () => {
    const { task, aborted } = controlled();
    expect(aborted()).toBe(false);
    expect(task.abandoned).toBe(false);
  });
});
