import {
  type CredentialSource,
  createDefaultHosts,
  createRegistryClient,
  createStaticCredentials,
  type HostResolver,
  type ProxyRule,
  type RegistryClient,
  type RegistryClientOptions,
  type RequestReport,
} from '../src/index.ts';

/** A client whose logs and metrics a test can look at. */
export interface TestClient extends AsyncDisposable {
  readonly client: RegistryClient;
  /** Every log line as JSON, errors with their causes. */
  readonly logged: string[];
  readonly reports: RequestReport[];
}

export interface TestClientOptions extends RegistryClientOptions {
  readonly credentials?: CredentialSource;
  readonly hosts?: HostResolver;
  readonly proxies?: ProxyRule;
}

/** With limits that let a test of a dead server end soon. */
export function createTestClient({
  credentials,
  hosts,
  proxies,
  ...options
}: TestClientOptions = {}): TestClient {
  const logged: string[] = [];
  const reports: RequestReport[] = [];
  const log = (fields: Readonly<Record<string, unknown>>, message: string) => {
    logged.push(`${message} ${everythingOf(fields)}`);
  };
  const client = createRegistryClient(
    {
      credentials: credentials ?? createStaticCredentials(),
      hosts: hosts ?? createDefaultHosts(),
      proxies,
      logger: { debug: log, warn: log },
      metrics: { requestDone: (report) => reports.push(report) },
    },
    { backoffBaseMs: 1, headersTimeoutMs: 300, stallTimeoutMs: 150, connectTimeoutMs: 1000, ...options },
  );
  return { client, logged, reports, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

/** All that could reach a log: fields, and of errors the message, stack, own properties and causes. */
export function everythingOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Error ? { ...part, message: part.message, stack: part.stack, cause: part.cause } : part,
  );
}
