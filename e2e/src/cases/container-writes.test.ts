import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningContainer } from '../clients/containers.ts';
import { imageNames } from '../images/image-names.ts';
import { type ClusterNode, startNode } from '../machine/start-node.ts';

describe('a container that writes on lazy layers', () => {
  let node: ClusterNode;
  let container: RunningContainer;
  beforeAll(async () => {
    node = await startNode();
    await node.rpull(imageNames.lazy);
    container = await node.start(imageNames.lazy);
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  it("does not see what the image's upper layers have removed", async () => {
    expect(await container.exec('ls /usr/share/doc/bash; ls -A /etc/issue; cat /usr/share/doc/dash')).toBe(
      'only-this\nwas a directory',
    );
    expect(await container.exec('ls /etc/os-release /etc/issue.net 2>&1 || true')).toMatch(
      /^(ls: cannot access .*\n){2}$/,
    );
  });

  it('makes files, and reads them back', async () => {
    expect(await container.exec('mkdir /new; echo text > /new/file; cat /new/file')).toBe('text\n');
  });

  it('copies a file of the image up when it writes to it, whole', async () => {
    const script = `
      before=$(head -c 9437187 /odd/big | sha256sum)
      printf more >> /odd/big
      [ "$(head -c 9437187 /odd/big | sha256sum)" = "$before" ]
      stat -c %s /odd/big; tail -c 7 /odd/big`;
    expect(await container.exec(script)).toBe('9437191\nendmore');
  });

  it('changes owner, mode, times and attributes of a file of the image', async () => {
    const script = `
      chown 7:8 /odd/setuid; chmod 640 /odd/setuid; touch -d @1000000000 /odd/setuid
      stat -c '%u %g %a %Y' /odd/setuid; cat /odd/setuid`;
    expect(await container.exec(script)).toBe('7 8 640 1000000000\nsetuid');
    const attributes = `python3 -c 'import os
os.setxattr("/odd/attributed", "user.more", b"1")
print(sorted(os.listxattr("/odd/attributed")))'`;
    expect(await container.exec(attributes)).toBe("['user.more', 'user.sluice']\n");
  });

  it('renames, links and removes files and directories of the image', async () => {
    const script = `
      mv /odd/owned /odd/moved; ln /odd/moved /odd/linked
      mv /odd/directory /odd/elsewhere
      rm /odd/old; rm -r /usr/share/doc/bash; mkdir /usr/share/doc/bash
      cat /odd/linked; echo; stat -c '%h %u:%g' /odd/moved; cat /odd/elsewhere/third-name; echo
      ls /usr/share/doc/bash; [ ! -e /odd/old ]; [ ! -e /odd/owned ]; [ ! -e /odd/directory ]`;
    expect(await container.exec(script)).toBe("not root's\n2 12345:54321\none file, three names\n");
  });

  it('removes everything there was in a large directory', async () => {
    expect(await container.exec('rm -r /usr/lib/python3.11/*; ls -A /usr/lib/python3.11')).toBe('');
  });

  it('changes nothing for the next container', async () => {
    const script = `
      stat -c '%s %u:%g %a' /odd/big /odd/setuid /odd/owned
      ls /usr/share/doc/bash /odd/directory; [ ! -e /new ]; [ -e /odd/old ]`;
    expect(await node.run(imageNames.lazy, ['sh', '-euc', script])).toBe(
      [
        '9437187 0:0 644',
        '6 0:0 4755',
        '10 12345:54321 644',
        '/odd/directory:\nthird-name\n',
        '/usr/share/doc/bash:\nonly-this\n',
      ].join('\n'),
    );
  });
});
