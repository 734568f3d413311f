export {
  createKubePullSecrets,
  type KubePullSecrets,
  type KubePullSecretsOptions,
} from './create-kube-pull-secrets.ts';
export { KubePullSecretsError, type KubePullSecretsErrorCode } from './kube-pull-secrets-error.ts';
export type { WatchLimits } from './watch-objects.ts';
