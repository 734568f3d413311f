// Build tools that are started together: some thousand files of libraries that Debian has packed.
console.log('started');

const names = ['webpack', 'eslint', '@babel/core', 'terser', 'ajv', 'rollup', 'typescript', 'npm', 'lodash'];
for (const name of names) {
  try {
    require(name);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
  }
}
const { readdirSync } = require('node:fs');
const { join } = require('node:path');
const libraries = '/usr/share/nodejs';

/** Reads so many files of the libraries, as a bundler does that looks for what it has to bundle. */
function bundle(count) {
  const { readFileSync } = require('node:fs');
  let read = 0;
  for (const entry of readdirSync(libraries, { recursive: true, withFileTypes: true })) {
    if (read === count) break;
    if (!entry.isFile() || !/\.(js|json)$/.test(entry.name)) continue;
    readFileSync(join(entry.parentPath ?? entry.path, entry.name));
    read++;
  }
  return read;
}

const read = bundle(2000);
console.log(`ready: ${Object.keys(require.cache).length} modules loaded, ${read} files read`);
