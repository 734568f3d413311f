import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshots } from '../clients/admin.ts';
import { type CriClient, createCriClient } from '../clients/cri-client.ts';
import { readImageFacts } from '../images/image-facts.ts';
import { imageNames } from '../images/image-names.ts';
import { leftovers } from '../machine/leftovers.ts';
import { places } from '../machine/places.ts';
import { type ClusterNode, startNode } from '../machine/start-node.ts';

describe('Kubernetes, through CRI', () => {
  const { layers } = readImageFacts(places.images);
  let node: ClusterNode;
  let cri: CriClient;
  let pod: string;
  let container: string;
  beforeAll(async () => {
    node = await startNode();
    cri = createCriClient(node.containerd.address);
  });
  afterAll(async () => {
    cri?.[Symbol.dispose]();
    await node?.[Symbol.asyncDispose]();
  });

  it('pulls an image without downloading its layers', async () => {
    await cri.pullImage(imageNames.lazy);
    const rows = await readSnapshots(node.sluiced.adminAddress);
    expect(rows).toHaveLength(layers);
    expect(rows.filter(({ lazy }) => !lazy)).toEqual([]);
    expect(await cri.listImages()).toContain(imageNames.lazy);
  });

  it('starts a pod, whose own image has no lazy layer', async () => {
    pod = await cri.runPod('python');
    const rows = await readSnapshots(node.sluiced.adminAddress);
    expect(rows.filter(({ kind }) => kind === 'active')).toHaveLength(1);
    expect(rows.filter(({ kind, lazy }) => kind === 'committed' && !lazy)).toHaveLength(1);
  });

  it('starts a container, and runs commands in it', async () => {
    container = await cri.startContainer(pod, { image: imageNames.lazy, command: ['sleep', '1000'] });
    const ran = await cri.exec(container, ['python3', '-c', 'import sqlite3; print(sqlite3.sqlite_version)']);
    expect(ran).toEqual({ stdout: expect.stringMatching(/^3\.\d+\.\d+\n$/), stderr: '', exitCode: 0 });
    expect(await cri.exec(container, ['sh', '-c', 'echo wrong >&2; exit 7'])).toEqual({
      stdout: '',
      stderr: 'wrong\n',
      exitCode: 7,
    });
  });

  it('leaves nothing of pods and images that are removed', async () => {
    await cri.removeContainer(container);
    await cri.removePod(pod);
    for (const image of await cri.listImages()) await cri.removeImage(image);
    await node.collectGarbage('k8s.io');
    expect(await leftovers(node)).toEqual([]);
  });
});
