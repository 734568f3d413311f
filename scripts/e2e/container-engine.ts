import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type RunOptions, type RunResult, run } from '../../e2e/src/process/run.ts';
import { packagesBesideInstalled } from './packages-beside-installed.ts';

/** Docker, or a podman of our own. */
export interface ContainerEngine {
  readonly name: 'docker' | 'podman';
  /** Runs `docker ARGS` or `podman ARGS`. */
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** What `run` needs for a container that may hold containers. */
  readonly privileges: readonly string[];
  /** Directories on which the engine has something mounted while it runs containers. */
  readonly mountsIn: readonly string[];
}

const DOCKER_TIMEOUT_MS = 20_000;
const LIMITS = ['--ulimit=nofile=20000:20000', '--ulimit=nproc=32768:32768'];

/**
 * Finds Docker, if its daemon answers; otherwise podman with runc, from Debian's packages, which are unpacked in the
 * cache where they are not installed. Podman gets configuration, storage and state of its own: the machine's is
 * neither read nor changed.
 *
 * @param cacheDir keeps packages and images for the next time
 */
export async function findContainerEngine(cacheDir: string): Promise<ContainerEngine> {
  const docker = await run(['docker', 'info'], { mayFail: true, timeoutMs: DOCKER_TIMEOUT_MS }).catch(
    () => undefined,
  );
  if (docker?.status === 0) {
    return {
      name: 'docker',
      run: (args, options) => run(['docker', ...args], options),
      privileges: ['--privileged', ...LIMITS],
      mountsIn: [],
    };
  }
  return privatePodman(cacheDir);
}

function privatePodman(cacheDir: string): ContainerEngine {
  const packages = packagesBesideInstalled(
    ['podman', 'runc', 'conmon'],
    join(cacheDir, 'packages', 'podman'),
  );
  const home = join(cacheDir, 'e2e', 'podman');
  // State must not outlive a restart of the machine.
  const state = join('/run', `sluice-e2e-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`);
  const env = {
    HOME: home,
    CONTAINERS_CONF: join(home, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(home, 'storage.conf'),
    PATH: [...packages.bin, process.env['PATH'], '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter),
    LD_LIBRARY_PATH: packages.lib.join(delimiter),
  };
  const policies = join(home, '.config', 'containers');
  mkdirSync(policies, { recursive: true });
  writeFileSync(join(policies, 'policy.json'), '{ "default": [{ "type": "insecureAcceptAnything" }] }\n');
  writeFileSync(env.CONTAINERS_STORAGE_CONF, storageConf(home, state));
  writeFileSync(env.CONTAINERS_CONF, containersConf({ root: packages.root, state, env }));
  return {
    name: 'podman',
    run: (args, options) => run(['podman', ...args], { ...options, env: { ...options?.env, ...env } }),
    privileges: ['--privileged', ...LIMITS],
    mountsIn: [home, state],
  };
}

function storageConf(home: string, state: string): string {
  return `[storage]
driver = "overlay"
graphroot = "${home}/storage"
runroot = "${state}/storage"
[storage.options.overlay]
# Otherwise the storage stays mounted on itself.
skip_mount_home = "true"
`;
}

/**
 * crun, podman's default, fails where cgroups of both versions are mounted. The default limits need CAP_SYS_RESOURCE.
 * conmon's variables are those of `podman container cleanup`, which conmon calls when a container has ended: without
 * the libraries it fails, and \`podman run\` waits 20 s for it.
 */
function containersConf(options: {
  root: string;
  state: string;
  env: Readonly<Record<string, string>>;
}): string {
  const { root, state, env } = options;
  const list = (values: readonly string[]) => JSON.stringify(values);
  const seccomp = join(root, 'usr/share/containers/seccomp.json');
  return `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
${existsSync(seccomp) ? `seccomp_profile = ${JSON.stringify(seccomp)}` : ''}
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "runc"
tmp_dir = "${state}/libpod"
conmon_path = ${list([join(root, 'usr/bin/conmon'), '/usr/bin/conmon'])}
conmon_env_vars = ${list(Object.entries(env).map(([name, value]) => `${name}=${value}`))}
[engine.runtimes]
runc = ${list([join(root, 'usr/sbin/runc'), '/usr/sbin/runc', '/usr/bin/runc'])}
`;
}
