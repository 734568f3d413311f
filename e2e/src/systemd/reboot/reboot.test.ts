import { beforeAll, describe, expect, it } from 'vitest';
import { readSnapshots, readStatus } from '../../clients/admin.ts';
import { imageNames, REGISTRY_PORT } from '../../images/image-names.ts';
import { canConnect } from '../../process/can-connect.ts';
import { run } from '../../process/run.ts';
import { startReading } from '../../reading/start-reading.ts';
import { connectMachine } from '../connect-machine.ts';
import { property } from '../systemctl.ts';

const TIMEOUT_MS = 30_000;
const ADMIN_ADDRESS = '/run/sluice/admin.sock';

describe('after a restart of the machine, with no registry', () => {
  const machine = connectMachine();
  beforeAll(async () => {
    await run(['systemctl', 'is-system-running', '--wait'], { mayFail: true });
    expect(await canConnect({ host: 'localhost', port: REGISTRY_PORT })).toBe(false);
  });

  it.each(['sluiced.service', 'containerd.service'])('%s is active by itself', async (unit) => {
    const state = () => property(unit, 'ActiveState');
    await expect.poll(state, { timeout: TIMEOUT_MS }).toBe('active');
  });

  it('all layers are mounted again', async () => {
    const lazy = (await readSnapshots(ADMIN_ADDRESS)).filter((row) => row.lazy);
    expect(lazy.length).toBeGreaterThan(0);
    const mounted = async () => (await readStatus(ADMIN_ADDRESS)).layers;
    await expect
      .poll(mounted, { timeout: TIMEOUT_MS })
      .toMatchObject({ mounted: lazy.length, unavailable: 0 });
    expect(await readStatus(ADMIN_ADDRESS)).toMatchObject({ healthy: true, content: { bytesFetched: 0 } });
  });

  // What it reads first is what the container before it has read.
  it('a container starts and reads from what is here', async () => {
    expect(JSON.parse(await machine.run(imageNames.lazy, []))).toMatchObject({ imports: 14 });
    const reading = await startReading(machine, imageNames.lazy);
    await reading.readsOn();
    const { wrong, files } = await reading.stop();
    expect(wrong).toEqual([]);
    expect(files).toBeGreaterThan(0);
    expect((await readStatus(ADMIN_ADDRESS)).content.bytesFetched).toBe(0);
  });
});
