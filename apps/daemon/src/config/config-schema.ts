import { z } from 'zod';
import { parseLoopbackAddress } from './loopback-address.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

const credentialSources = ['docker', 'cri', 'kubernetes', 'kubelet'] as const;

const absolutePath = z.string().refine((path) => path.startsWith('/'), { error: 'must be an absolute path' });

const loopbackAddress = z.string().refine((text) => parseLoopbackAddress(text) !== undefined, {
  error: 'must be a loopback address and a port, such as "127.0.0.1:9464" or "[::1]:9464"',
});

const wholeNumber = z.number().refine((value) => Number.isSafeInteger(value) && value >= 0, {
  error: 'must be a whole number, 0 or more',
});

/** A mount option goes into a list that is separated by commas; the overlay driver sets these itself. */
const mountOption = z
  .string()
  .refine((option) => /^[^,\s]+$/.test(option) && !/^(lowerdir|upperdir|workdir)=/.test(option), {
    error: 'must be one mount option without commas, and not lowerdir, upperdir or workdir',
  });

/** Every key that a configuration file may have, with its default. Unknown keys are mistakes. */
export const configSchema = z.strictObject({
  root: absolutePath.default('/var/lib/sluice'),
  address: absolutePath.default('/run/sluice/sluice.sock'),
  admin: z.strictObject({ address: absolutePath.optional() }).prefault({}),
  log: z.strictObject({ level: z.enum(logLevels).default('info') }).prefault({}),
  metrics: z.strictObject({ address: loopbackAddress.optional() }).prefault({}),
  registry: z
    .strictObject({
      config_path: absolutePath.optional(),
      docker_config: absolutePath.optional(),
      credentials: z.array(z.enum(credentialSources)).default([...credentialSources]),
    })
    .prefault({}),
  cri: z
    .strictObject({
      containerd_address: absolutePath.optional(),
      remember_credentials: z.boolean().default(false),
    })
    .prefault({}),
  kubernetes: z
    .strictObject({
      pull_secrets: z.boolean().default(false),
      kubeconfig: absolutePath.optional(),
      namespaces: z.array(z.string().regex(/^[a-z0-9-]{1,63}$/, 'must be names of namespaces')).default([]),
      label_selector: z.string().optional(),
    })
    .prefault({}),
  kubelet: z
    .strictObject({
      credential_provider_config: absolutePath.optional(),
      credential_provider_bin_dir: absolutePath.optional(),
    })
    .prefault({}),
  layers: z.strictObject({ allow_unverified: z.boolean().default(false) }).prefault({}),
  fetch: z
    .strictObject({
      prefetch: z.boolean().default(true),
      background: z.boolean().default(true),
      background_bytes_per_second: wholeNumber.default(0),
      quiet_seconds: wholeNumber.default(10),
      learn: z.boolean().default(true),
      pull_profiles: z.boolean().default(false),
    })
    .prefault({}),
  content: z
    .strictObject({
      max_size_bytes: wholeNumber.default(0),
      min_free_bytes: wholeNumber.default(0),
      reverify: z.enum(['changed', 'always']).default('changed'),
    })
    .prefault({}),
  snapshotter: z
    .strictObject({
      async_remove: z.boolean().default(true),
      mount_options: z.array(mountOption).default([]),
      upperdir_label: z.boolean().default(false),
    })
    .prefault({}),
  grpc: z.strictObject({ transport: z.enum(['native', 'grpc-js']).default('native') }).prefault({}),
  fuse: z
    .strictObject({
      driver: z.enum(['kernel', 'fuse-native', 'auto', 'none']).default('kernel'),
      passthrough: z.enum(['auto', 'off']).default('auto'),
      survive_restarts: z.boolean().default(true),
    })
    .prefault({}),
  watchdog: z.strictObject({ seconds: wholeNumber.default(60) }).prefault({}),
});
