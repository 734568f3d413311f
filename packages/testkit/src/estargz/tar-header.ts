import { type LayerFile, modeOf, sizeOf } from './layer-file.ts';

const block = 512;
const typeFlags = {
  reg: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  dir: '5',
  fifo: '6',
} as const;

/** The header blocks of an entry: ustar, after a pax header (POSIX.1-2008) for what ustar has no room for. */
export function tarHeader(file: LayerFile): Buffer {
  const records = paxRecords(file);
  const header = ustar({ ...fieldsOf(file), type: typeFlags[file.type] });
  if (records.length === 0) return header;
  const pax = ustar({
    ...fieldsOf(file),
    name: 'PaxHeaders.0/entry',
    link: '',
    type: 'x',
    size: records.length,
  });
  return Buffer.concat([pax, records, tarPadding(records.length), header]);
}

/** The zeros that fill a payload up to a whole block. */
export function tarPadding(length: number): Buffer {
  return Buffer.alloc((block - (length % block)) % block);
}

interface UstarFields {
  readonly name: string;
  readonly link: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeSec: number;
  readonly major: number;
  readonly minor: number;
}

function fieldsOf(file: LayerFile): Omit<UstarFields, 'type'> {
  return {
    name: file.name,
    link: 'target' in file ? file.target : '',
    mode: modeOf(file),
    uid: file.uid ?? 0,
    gid: file.gid ?? 0,
    size: sizeOf(file),
    mtimeSec: file.mtimeSec ?? 0,
    major: 'major' in file ? file.major : 0,
    minor: 'minor' in file ? file.minor : 0,
  };
}

/** Numbers that do not fit are written as 0 here and in the pax header in full. */
function ustar(fields: UstarFields): Buffer {
  const header = Buffer.alloc(block);
  const octal = (at: number, length: number, value: number) => {
    const digits = value >= 0 && value < 8 ** (length - 1) ? value : 0;
    header.write(`${digits.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  Buffer.from(fields.name).copy(header, 0, 0, 100);
  octal(100, 8, fields.mode);
  octal(108, 8, fields.uid);
  octal(116, 8, fields.gid);
  octal(124, 12, fields.size);
  octal(136, 12, fields.mtimeSec);
  header.write(' '.repeat(8), 148, 'latin1');
  header.write(fields.type, 156, 'latin1');
  Buffer.from(fields.link).copy(header, 157, 0, 100);
  header.write('ustar\x0000', 257, 'latin1');
  octal(329, 8, fields.major);
  octal(337, 8, fields.minor);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function paxRecords(file: LayerFile): Buffer {
  const fields = fieldsOf(file);
  const records: Buffer[] = [];
  const put = (key: string, value: string | Uint8Array) => records.push(paxRecord(key, Buffer.from(value)));
  if (!fitsUstar(fields.name)) put('path', fields.name);
  if (!fitsUstar(fields.link)) put('linkpath', fields.link);
  if (fields.uid >= 8 ** 7) put('uid', String(fields.uid));
  if (fields.gid >= 8 ** 7) put('gid', String(fields.gid));
  if (fields.size >= 8 ** 11) put('size', String(fields.size));
  if (file.mtimeNsec || fields.mtimeSec < 0) put('mtime', decimalTime(fields.mtimeSec, file.mtimeNsec ?? 0));
  for (const [name, value] of Object.entries(file.xattrs ?? {})) put(`SCHILY.xattr.${name}`, value);
  return Buffer.concat(records);
}

function fitsUstar(text: string): boolean {
  return text.length <= 100 && /^[ -~]*$/.test(text);
}

/** Seconds with nine decimals; before 1970 the fraction counts downwards, as in -0.25. */
function decimalTime(seconds: number, nanoseconds: number): string {
  const total = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  const digits = (total < 0n ? -total : total).toString().padStart(10, '0');
  return `${total < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = body.length;
  while (length !== body.length + String(length).length) length = body.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}
