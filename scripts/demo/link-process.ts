import { startShapedLink } from './shaped-link.ts';

// A process of its own: what shapes the link must not wait for what measures it.
const [options = '{}'] = process.argv.slice(2);
const link = await startShapedLink(JSON.parse(options));
process.on('message', () => process.send?.(link.count()));
process.on('disconnect', () => process.exit(0));
process.send?.({ port: link.port });
