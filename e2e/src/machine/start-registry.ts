import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REGISTRY_PORT } from '../images/image-names.ts';
import { canConnect } from '../process/can-connect.ts';
import { type ServerProcess, startProcess } from '../process/start-process.ts';

export interface RegistryOptions {
  /** Where it keeps images. */
  readonly storage: string;
  /** For its configuration and its log. */
  readonly directory: string;
  readonly readOnly: boolean;
}

/** Debian's docker-registry on the loopback interface, over plain HTTP. */
export function startRegistry({ storage, directory, readOnly }: RegistryOptions): Promise<ServerProcess> {
  const config = join(directory, 'registry.json');
  // YAML is a superset of JSON.
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'warn', accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: storage },
        maintenance: { readonly: { enabled: readOnly } },
      },
      http: { addr: `127.0.0.1:${REGISTRY_PORT}` },
    }),
  );
  return startProcess({
    command: ['docker-registry', 'serve', config],
    logFile: join(directory, 'registry.log'),
    ready: () => canConnect({ host: '127.0.0.1', port: REGISTRY_PORT }),
  });
}
