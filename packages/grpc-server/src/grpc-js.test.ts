import { describe } from 'vitest';
import { transportUnderTest } from '../test/transport-under-test.ts';

// Whatever the tests of the server say of the native transport, they say of grpc-js.
transportUnderTest.name = 'grpc-js';
describe('over grpc-js', async () => {
  await import('./create-snapshots-server.test.ts');
  await import('./list.test.ts');
  await import('./hostile-requests.test.ts');
  await import('./hostile-connections.test.ts');
  await import('./recorded.test.ts');
});
