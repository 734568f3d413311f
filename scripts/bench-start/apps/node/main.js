// Build tools that are started together: some thousand files of libraries that Debian has packed.
console.log('started');

const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const names =
  'webpack eslint @babel/core @babel/preset-env core-js css-loader postcss lodash js-yaml node-gyp tar got glob';
for (const name of names.split(' ')) require(name);

/** Reads so many files of the libraries, as a bundler does that looks for what it has to bundle. */
function read(directory, count) {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.(js|json)$/.test(entry.name)).slice(0, count);
  for (const { path, name } of files) readFileSync(join(path, name));
  return files.length;
}

const files = read('/usr/share/nodejs', 1000);
console.log(`ready: ${Object.keys(require.cache).length} modules loaded, ${files} files read`);
