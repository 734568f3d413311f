import { fuseDriverSuite } from '../driver-suite/fuse-driver-suite.ts';
import { createMemoryMachine } from './create-memory-machine.ts';

const machine = createMemoryMachine();

fuseDriverSuite('in memory', {
  createDriver: machine.createDriver,
  createClient: machine.createClient,
  exempt: {
    kernel: 'there is none',
    'busy-main-thread': 'everything is answered on the main thread',
  },
});
