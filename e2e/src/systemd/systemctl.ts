import { run } from '../process/run.ts';

/** Runs `systemctl ARGS`. @throws with what it and the journal of the services say, if it fails */
export async function systemctl(...args: string[]): Promise<string> {
  try {
    return (await run(['systemctl', '--no-pager', ...args])).stdout.trim();
  } catch (error) {
    const journal = await run(['journalctl', '--no-pager', '--lines=60'], { mayFail: true });
    throw new Error(`${(error as Error).message}\n${journal.stdout}`, { cause: error });
  }
}

/** One property of a unit, as `systemctl show` prints it. */
export function property(unit: string, name: string): Promise<string> {
  return systemctl('show', '--value', `--property=${name}`, unit);
}

/** A property that is a moment: microseconds since the machine was started. */
export async function momentUs(unit: string, name: string): Promise<number> {
  return Number(await property(unit, `${name}Monotonic`));
}
