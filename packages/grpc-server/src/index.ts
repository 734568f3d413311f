export {
  createSnapshotsServer,
  type SnapshotsServerDeps,
  type SnapshotsServerOptions,
} from './create-snapshots-server.ts';
export { GrpcServerError, type GrpcServerErrorCode } from './grpc-server-error.ts';
export type { CallReport, GrpcServerMetrics } from './grpc-server-metrics.ts';
export type { SnapshotsServer } from './snapshots-server.ts';
export { listenOnSocket } from './socket/listen-on-socket.ts';
