import { packageBuild } from '../../scripts/tsup.base.ts';

export default packageBuild(['src/index.ts', 'src/kernel/fuse-thread.ts', 'src/pump-worker.ts']);
