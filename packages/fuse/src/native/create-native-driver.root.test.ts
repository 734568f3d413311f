import { fuseDriverSuite } from '@sluice/testkit/fuse';
import { describe, it } from 'vitest';
import { createNativeDriver } from './create-native-driver.ts';
import { loadFuseNative } from './load-fuse-native.ts';

const unavailable = (() => {
  try {
    loadFuseNative();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
})();

if (unavailable !== undefined) describe('FuseDriver: fuse-native', () => it.skip(unavailable));
else {
  fuseDriverSuite('fuse-native', {
    createDriver: createNativeDriver,
    exempt: {
      'byte-names': 'the library passes names as UTF-8 text',
      nanoseconds: 'the library passes times in milliseconds since 1970',
      interrupt: 'libfuse 2 does not pass interrupts on',
      'busy-main-thread': 'everything is answered on the main thread',
    },
  });
}
