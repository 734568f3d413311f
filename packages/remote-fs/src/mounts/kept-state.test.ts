import { describe, expect, it } from 'vitest';
import { formatKeptState, parseKeptState } from './kept-state.ts';

const source = {
  reference: 'r/a:1',
  layerDigest: 'sha256:1',
  layers: ['sha256:0', 'sha256:1'],
  annotations: {},
};
const state = { handover: 'h', mountpoint: '/m', device: '0:47', source };
const text = formatKeptState(state);

describe('kept state', () => {
  it('is read as it was written, without the layers above', () => {
    expect(parseKeptState(text)).toEqual({ ...state, source: { ...source, layers: ['sha256:1'] } });
  });

  it('may have fields that this version does not know', () => {
    expect(parseKeptState(JSON.stringify({ ...JSON.parse(text), more: 1 }))).toEqual(parseKeptState(text));
  });

  it('is told apart where a later version wrote it', () => {
    expect(parseKeptState('{"version":2,"anything":true}')).toBe('newer');
  });

  it.each(['', 'null', '7', '{}', '{"version":"2"}', '{"version":1}', text.replace('"h"', '7')])(
    'is not read from %j',
    (wrong) => expect(parseKeptState(wrong)).toBeUndefined(),
  );
});
