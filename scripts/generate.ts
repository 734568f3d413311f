import { delimiter, join } from 'node:path';
import { runSteps } from './steps/run-steps.ts';

// Writes the code that is generated from .proto files, offline. The result is committed: run this after a change
// of the .proto files, of buf.gen.yaml, or of the generator's version.
const grpcServer = join('packages', 'grpc-server');
const binaries = join(import.meta.dirname, '..', grpcServer, 'node_modules', '.bin');
process.env['PATH'] = [binaries, process.env['PATH']].join(delimiter);

const passed = await runSteps([
  {
    name: 'generate',
    command: [
      'buf',
      'generate',
      grpcServer,
      '--template',
      join(grpcServer, 'buf.gen.yaml'),
      '--output',
      grpcServer,
    ],
  },
]);
process.exitCode = passed ? 0 : 1;
