import { writeSync } from 'node:fs';
import process from 'node:process';
import { createSqliteMetaStore } from '../src/create-sqlite-meta-store.ts';

// Makes snapshots from 8 clients for ever, and prints the name of each one that was acknowledged.
using store = createSqliteMetaStore({ path: process.argv[2]! });
const client = async (id: number): Promise<void> => {
  for (let i = 0; ; i++) {
    const name = `${process.pid}-${id}-${i}`;
    await store.write((tx) => tx.create({ name, parent: '', kind: 'active', labels: {}, createdNs: 1n }));
    writeSync(1, `${name}\n`);
  }
};
await Promise.all(Array.from({ length: 8 }, (_, id) => client(id)));
