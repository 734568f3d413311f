import type { MountInfo, MountPropagation } from './mount-info.ts';

/**
 * Reads the text of /proc/<pid>/mountinfo. A line that is not of the documented form is left out: the kernel
 * writes none, and no caller could do anything about it.
 *
 *     36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 *     |  |  |    |     |     |          |        | |    |         |
 *     |  |  |    root  |     options    optional | type source    super options
 *     |  |  major:minor mount point     fields, 0..n, ended by the dash
 *     |  parent id
 *     mount id
 *
 * @param content bytes, as paths are
 */
export function parseMountInfo(content: Uint8Array): MountInfo[] {
  // One character a byte, so that escapes and UTF-8 can be undone on bytes and in this order.
  const lines = Buffer.from(content).toString('latin1').split('\n');
  return lines.map(parseLine).filter((mount) => mount !== undefined);
}

function parseLine(line: string): MountInfo | undefined {
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  if (dash < 0 || fields.length < dash + 4) return undefined;
  const [mountId, parentId, device, root, mountPoint, options] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [type, source, superOptions] = fields.slice(dash + 1) as [string, string, string];
  const [major, minor] = device.split(':').map(Number);
  return {
    mountId: Number(mountId),
    parentId: Number(parentId),
    major: major ?? 0,
    minor: minor ?? 0,
    root: decodeField(root),
    mountPoint: decodeField(mountPoint),
    options: options.split(',').map(decodeField),
    propagation: parsePropagation(fields.slice(6, dash)),
    type: decodeField(type),
    source: decodeField(source),
    superOptions: superOptions.split(',').map(decodeField),
  };
}

function parsePropagation(fields: readonly string[]): MountPropagation {
  const groups = new Map<string, number>();
  for (const field of fields) {
    const [name, group] = field.split(':', 2) as [string, string?];
    groups.set(name, Number(group));
  }
  const [shared, master, from] = ['shared', 'master', 'propagate_from'].map((name) => groups.get(name));
  return {
    ...(shared !== undefined && { shared }),
    ...(master !== undefined && { master }),
    ...(from !== undefined && { propagateFrom: from }),
    ...(groups.has('unbindable') && { unbindable: true as const }),
  };
}

/** The kernel writes blanks, newlines, backslashes and '#' as a backslash and three octal digits. */
function decodeField(field: string): string {
  const bytes = field.replaceAll(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
