import { LayerError } from '../layer-error.ts';
import { ByteArena } from './byte-arena.ts';
import { quoteBytes } from './quote-bytes.ts';

/** XATTR_SIZE_MAX and XATTR_LIST_MAX of linux/limits.h: no file can have more. */
const valueLimit = 65536;
const namesLimit = 65536;
const nameLimit = 255;

/** Overlayfs's own attributes: from a layer they would redirect or hide what lies below it. */
const overlayPrefixes = ['trusted.overlay.', 'user.overlay.'].map((prefix) => Buffer.from(prefix));

/** Collects one file's extended attributes in the form of LayerIndex.xattrs. Reused from file to file. */
export class XattrList {
  count = 0;
  private readonly arena = new ByteArena(256);
  private namesBytes = 0;

  clear(): void {
    this.count = 0;
    this.namesBytes = 0;
    this.arena.clear();
    this.word(0, 4);
  }

  /** Adds an attribute of the layer; overlayfs's own are dropped. @throws LayerError CORRUPT */
  add(name: Uint8Array, value: Uint8Array): void {
    if (overlayPrefixes.some((prefix) => prefix.equals(name.subarray(0, prefix.length)))) return;
    this.namesBytes += name.length + 1;
    const fits = name.length > 0 && name.length <= nameLimit && !name.includes(0);
    if (!fits || value.length > valueLimit || this.namesBytes > namesLimit) {
      throw new LayerError('CORRUPT', `extended attribute ${quoteBytes(name)} is more than a file can have`);
    }
    this.append(name, value);
  }

  /** Adds overlayfs's mark of an opaque directory, which containers see through. */
  addOpaque(userXattr: boolean): void {
    const yes = Buffer.from('y');
    this.append(Buffer.from('trusted.overlay.opaque'), yes);
    if (userXattr) this.append(Buffer.from('user.overlay.opaque'), yes);
  }

  /** Begins with the attributes of a list made before. */
  load(lists: Uint8Array, offset: number, end: number): void {
    this.arena.clear();
    this.arena.append(lists, offset, end);
    this.count = Buffer.from(lists.buffer, lists.byteOffset).readUInt32LE(offset);
  }

  /** The list; valid until the next change. */
  view(): Uint8Array {
    const bytes = this.arena.view();
    for (let i = 0; i < 4; i++) bytes[i] = (this.count >>> (8 * i)) & 0xff;
    return bytes;
  }

  private append(name: Uint8Array, value: Uint8Array): void {
    this.count++;
    this.word(name.length, 2);
    this.word(value.length, 4);
    this.arena.append(name, 0, name.length);
    this.arena.append(value, 0, value.length);
  }

  private word(value: number, bytes: number): void {
    for (let i = 0; i < bytes; i++) this.arena.push((value >>> (8 * i)) & 0xff);
  }
}
