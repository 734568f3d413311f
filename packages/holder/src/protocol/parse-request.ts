import { HolderError } from '../holder-error.ts';
import { MAX_NAME_BYTES, MAX_STATE_BYTES, type Request } from './messages.ts';

/**
 * Reads one line of an owner.
 *
 * @throws HolderError PROTOCOL; its message says what is wrong
 */
export function parseRequest(line: string): Request {
  const value = parseObject(line);
  const id = integer(value, 'id');
  const name = () => text(value, 'name', MAX_NAME_BYTES);
  const state = () => text(value, 'state', MAX_STATE_BYTES);
  switch (value['op']) {
    case 'hello':
    case 'quit':
      return { id, op: value['op'] };
    case 'list':
      return {
        id,
        op: 'list',
        ...(value['after'] !== undefined && { after: text(value, 'after', MAX_NAME_BYTES) }),
      };
    case 'hold':
      return {
        id,
        op: 'hold',
        name: name(),
        pid: integer(value, 'pid'),
        fd: integer(value, 'fd'),
        state: state(),
      };
    case 'update':
      return { id, op: 'update', name: name(), state: state() };
    case 'beat':
      return { id, op: 'beat', pid: integer(value, 'pid'), withinMs: integer(value, 'withinMs') };
    case 'find':
      return { id, op: 'find', name: name() };
    case 'release':
      return { id, op: 'release', name: name() };
    default:
      throw new HolderError('PROTOCOL', `unknown operation ${JSON.stringify(value['op'])}`);
  }
}

function parseObject(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new HolderError('PROTOCOL', 'a line is not a JSON object');
}

function integer(value: Record<string, unknown>, key: string): number {
  const found = value[key];
  if (typeof found === 'number' && Number.isSafeInteger(found) && found >= 0) return found;
  throw new HolderError('PROTOCOL', `"${key}" is not a number from 0: ${JSON.stringify(found)}`);
}

function text(value: Record<string, unknown>, key: string, maxBytes: number): string {
  const found = value[key];
  if (typeof found === 'string' && Buffer.byteLength(found) <= maxBytes) return found;
  throw new HolderError('PROTOCOL', `"${key}" is not a text of at most ${maxBytes} bytes`);
}
