// What the demo's container runs: a service that starts. It loads its libraries and says so.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const libraries =
  'zod undici pino prom-client smol-toml commander @grpc/grpc-js lru-cache better-sqlite3'.split(' ');
for (const library of libraries) await import(library);
const database = new (require(libraries.at(-1)))(':memory:');
const { version } = database.prepare('SELECT sqlite_version() AS version').get();

process.stdout.write(`Node ${process.version}, ${libraries.length} libraries, SQLite ${version}: ready\n`);
