import { closeDescriptor } from '@sluice/linux';
import { HolderError } from '../holder-error.ts';
import { type Answer, type HeldDescriptor, type Operation, PROTOCOL_VERSION } from '../protocol/messages.ts';
import { takeDescriptor } from '../take-descriptor.ts';

/** What one answer to 'list' holds at most, so that a line stays short. */
const LIST_PAGE = 32;

/** The descriptors of a holder. */
export interface HeldDescriptors {
  readonly size: number;
  /** Does what an owner asks for, as far as it is about descriptors. Failures are answers too. */
  perform(operation: Operation): Answer;
}

export function createHeldDescriptors(): HeldDescriptors {
  const held = new Map<string, HeldDescriptor>();

  function hold({ name, pid, fd, state }: Operation & { op: 'hold' }): Answer {
    if (held.has(name)) throw new HolderError('NAME_TAKEN', `something is held as "${name}" already`);
    held.set(name, { name, fd: takeDescriptor(pid, fd), state });
    return {};
  }

  function update({ name, state }: Operation & { op: 'update' }): Answer {
    const known = held.get(name);
    if (!known) throw new HolderError('NOT_HELD', `nothing is held as "${name}"`);
    held.set(name, { ...known, state });
    return {};
  }

  function list({ after }: Operation & { op: 'list' }): Answer {
    const names = [...held.keys()];
    const from = after === undefined ? 0 : names.indexOf(after) + 1;
    return { held: [...held.values()].slice(from, from + LIST_PAGE) };
  }

  function find({ name }: Operation & { op: 'find' }): Answer {
    const known = held.get(name);
    return { held: known ? [known] : [] };
  }

  function release({ name }: Operation & { op: 'release' }): Answer {
    const known = held.get(name);
    held.delete(name);
    if (known) closeDescriptor(known.fd);
    return {};
  }

  function dispatch(operation: Operation): Answer {
    if (operation.op === 'hold') return hold(operation);
    if (operation.op === 'update') return update(operation);
    if (operation.op === 'list') return list(operation);
    if (operation.op === 'find') return find(operation);
    if (operation.op === 'release') return release(operation);
    if (operation.op === 'quit') return { quits: held.size === 0 };
    return { pid: process.pid, version: PROTOCOL_VERSION };
  }

  return {
    get size() {
      return held.size;
    },
    perform(operation) {
      try {
        return dispatch(operation);
      } catch (error) {
        if (!(error instanceof HolderError)) throw error;
        return { error: { code: error.code, message: error.message } };
      }
    },
  };
}
