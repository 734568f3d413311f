import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MountInfo } from './mount-info.ts';
import { parseMountInfo } from './parse-mount-info.ts';

const parse = (text: string) => parseMountInfo(Buffer.from(text));

describe('parseMountInfo', () => {
  it("reads the manual page's example", () => {
    const line = '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n';
    expect(parse(line)).toEqual([
      {
        mountId: 36,
        parentId: 35,
        major: 98,
        minor: 0,
        root: '/mnt1',
        mountPoint: '/mnt2',
        options: ['rw', 'noatime'],
        propagation: { master: 1 },
        type: 'ext3',
        source: '/dev/root',
        superOptions: ['rw', 'errors=continue'],
      },
    ]);
  });

  it('reads any number of optional fields, also ones it does not know', () => {
    const [mount] = parse(
      '1 2 0:5 / /a ro shared:7 master:8 propagate_from:9 unbindable novel:3 - tmpfs none rw\n',
    );
    expect(mount?.propagation).toEqual({ shared: 7, master: 8, propagateFrom: 9, unbindable: true });
    expect(mount?.type).toBe('tmpfs');
  });

  it('undoes octal escapes in every text field', () => {
    const [mount] = parse(
      '1 2 0:5 /r\\134 /a\\040b\\011c\\012d\\043 ro - ty\\040pe so\\040urce rw,x=\\054\n',
    );
    expect(mount).toMatchObject({
      root: '/r\\',
      mountPoint: '/a b\tc\nd#',
      type: 'ty pe',
      source: 'so urce',
      superOptions: ['rw', 'x=,'],
    });
  });

  it('undoes an escape once only', () => {
    expect(parse('1 2 0:5 / /a\\134040 ro - t s rw\n')[0]?.mountPoint).toBe('/a\\040');
  });

  it('takes a dash for the separator only where optional fields stand', () => {
    const [mount] = parse('1 2 0:5 - - ro - - - rw\n');
    expect(mount).toMatchObject({ root: '-', mountPoint: '-', type: '-', source: '-' });
  });

  it('keeps an empty source', () => {
    expect(parse('1 2 0:5 / /a ro - tmpfs  rw\n')[0]).toMatchObject({ source: '', superOptions: ['rw'] });
  });

  it('leaves out lines that are not of the form, and keeps the others', () => {
    expect(
      parse('garbage\n\n1 2 0:5 / /a ro - t s rw\n1 2 3:4 / /b ro - t\n').map((m) => m.mountPoint),
    ).toEqual(['/a']);
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => Array.isArray(parseMountInfo(bytes))),
    );
  });

  it('reads back what the kernel would write', () => {
    fc.assert(
      fc.property(fc.array(mountInfos, { maxLength: 5 }), (mounts) => {
        expect(parse(mounts.map(formatLine).join(''))).toEqual(mounts);
      }),
    );
  });
});

const number = fc.nat({ max: 100_000 });
const path = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => `/${text.replaceAll('\0', '')}`);
const word = fc
  .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 })
  .filter((text) => !text.includes(','));
const words = fc.array(word, { minLength: 1, maxLength: 4 });

const mountInfos: fc.Arbitrary<MountInfo> = fc.record({
  mountId: number,
  parentId: number,
  major: number,
  minor: number,
  root: path,
  mountPoint: path,
  options: words,
  propagation: fc.record(
    { shared: number, master: number, propagateFrom: number, unbindable: fc.constant(true as const) },
    { requiredKeys: [] },
  ),
  type: word,
  source: fc.oneof(path, fc.constant('')),
  superOptions: words,
});

function formatLine(mount: MountInfo): string {
  const { shared, master, propagateFrom, unbindable } = mount.propagation;
  const optional = [
    shared === undefined ? [] : [`shared:${shared}`],
    master === undefined ? [] : [`master:${master}`],
    propagateFrom === undefined ? [] : [`propagate_from:${propagateFrom}`],
    unbindable === undefined ? [] : ['unbindable'],
  ].flat();
  const fields = [
    mount.mountId,
    mount.parentId,
    `${mount.major}:${mount.minor}`,
    escapeField(mount.root),
    escapeField(mount.mountPoint),
    mount.options.map(escapeField).join(','),
    ...optional,
    '-',
    escapeField(mount.type),
    escapeField(mount.source),
    mount.superOptions.map(escapeField).join(','),
  ];
  return `${fields.join(' ')}\n`;
}

/** As fs/proc_namespace.c, `mangle`. */
function escapeField(text: string): string {
  return text.replaceAll(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
