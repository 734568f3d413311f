import { runConformance } from './conformance/run-conformance.ts';

export { runConformance };

// `node scripts/run.mjs conformance`: containerd's own suite for snapshotters on a daemon of its own.
if (import.meta.main) {
  const { passed, failed } = await runConformance();
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
