export { createTestRegistry, type TestRegistry, type TestRegistryOptions } from './create-test-registry.ts';
export type { Fault, RequestKind } from './fault.ts';
export type { FaultPlan, FaultRule } from './fault-plan.ts';
export type { LoggedRequest } from './request-log.ts';
export type { TestAuthOptions } from './test-auth.ts';
export { createTestCertificates, type TestCertificates } from './test-certificates.ts';
export { createTestProxy, type TestProxy, type TestProxyOptions } from './test-proxy.ts';
export { startTestServer, type TestServer, type TestServerOptions } from './test-server.ts';
