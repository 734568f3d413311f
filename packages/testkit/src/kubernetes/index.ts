export { createTestKubeApi, type TestKubeApi, type TestKubeApiOptions } from './create-test-kube-api.ts';
export { pullSecret } from './pull-secret.ts';
export type { TestSecret } from './secret-history.ts';
