import { join } from 'node:path';
import {
  type Client,
  credentials,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A kubelet's side of CRI: what the tests need of it. Every call has a time limit. */
export interface CriClient extends Disposable {
  pullImage(name: string): Promise<void>;
  removeImage(name: string): Promise<void>;
  /** Names of the images that the runtime has, sorted. */
  listImages(): Promise<string[]>;
  /** Starts a pod in the network namespace of its node; returns its ID. */
  runPod(name: string): Promise<string>;
  /** Stops and removes a pod with all of its containers. */
  removePod(podId: string): Promise<void>;
  /** Creates a container in a pod and starts it; returns its ID. */
  startContainer(podId: string, options: { image: string; command: readonly string[] }): Promise<string>;
  /** Stops and removes a container. */
  removeContainer(containerId: string): Promise<void>;
  /** Runs a command in a container to its end. */
  exec(containerId: string, command: readonly string[]): Promise<ExecResult>;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const TIMEOUT_MS = 45_000;
const EXEC_TIMEOUT_SECONDS = 40;
const NODE_NETWORK = { namespaceOptions: { network: 'NODE' } };

type Call = (method: string, request: object) => Promise<Record<string, unknown>>;

/** @param address path of containerd's socket */
export function createCriClient(address: string): CriClient {
  const [images, runtime] = [clientOf('ImageService', address), clientOf('RuntimeService', address)];
  const [askImages, askRuntime] = [callerOf(images), callerOf(runtime)];
  return {
    ...imageCalls(askImages),
    ...podCalls(askRuntime),
    async exec(containerId, command) {
      const request = { containerId, cmd: command, timeout: EXEC_TIMEOUT_SECONDS };
      const { stdout, stderr, exitCode } = await askRuntime('ExecSync', request);
      return { stdout: String(stdout), stderr: String(stderr), exitCode: exitCode as number };
    },
    [Symbol.dispose]() {
      images.close();
      runtime.close();
    },
  };
}

function imageCalls(call: Call): Pick<CriClient, 'pullImage' | 'removeImage' | 'listImages'> {
  return {
    async pullImage(image) {
      await call('PullImage', { image: { image } });
    },
    async removeImage(image) {
      await call('RemoveImage', { image: { image } });
    },
    async listImages() {
      const { images } = (await call('ListImages', {})) as { images: readonly { repoTags: string[] }[] };
      return images.flatMap(({ repoTags }) => repoTags).sort();
    },
  };
}

function podCalls(
  call: Call,
): Pick<CriClient, 'runPod' | 'removePod' | 'startContainer' | 'removeContainer'> {
  const configs = new Map<string, object>();
  return {
    async runPod(name) {
      const metadata = { name, uid: name, namespace: 'default' };
      const config = { metadata, linux: { securityContext: NODE_NETWORK } };
      const { podSandboxId } = await call('RunPodSandbox', { config });
      configs.set(podSandboxId as string, config);
      return podSandboxId as string;
    },
    async removePod(podSandboxId) {
      await call('StopPodSandbox', { podSandboxId });
      await call('RemovePodSandbox', { podSandboxId });
    },
    async startContainer(podSandboxId, { image, command }) {
      const name = `c${configs.size}-${Date.now()}`;
      const linux = { securityContext: NODE_NETWORK };
      const config = { metadata: { name }, image: { image }, command, linux };
      const sandboxConfig = configs.get(podSandboxId);
      const { containerId } = await call('CreateContainer', { podSandboxId, config, sandboxConfig });
      await call('StartContainer', { containerId });
      return containerId as string;
    },
    async removeContainer(containerId) {
      await call('StopContainer', { containerId });
      await call('RemoveContainer', { containerId });
    },
  };
}

function clientOf(service: string, address: string): Client {
  const definition = loadSync(join(import.meta.dirname, 'cri.proto'), {
    longs: Number,
    enums: String,
    defaults: true,
  });
  const loaded = loadPackageDefinition(definition)['runtime'] as unknown as {
    readonly v1: Readonly<Record<string, ServiceClientConstructor>>;
  };
  return new loaded.v1[service]!(`unix:${address}`, credentials.createInsecure());
}

function callerOf(client: Client): Call {
  return (method, request) =>
    new Promise((resolve, reject) => {
      const call = (client as unknown as Record<string, GrpcCall>)[method]!.bind(client);
      call(request, { deadline: Date.now() + TIMEOUT_MS }, (error, response) => {
        if (error) reject(new Error(`CRI ${method} failed: ${error.message}`, { cause: error }));
        else resolve(response);
      });
    });
}

type GrpcCall = (
  request: object,
  options: { deadline: number },
  done: (error: Error | null, response: Record<string, unknown>) => void,
) => void;
