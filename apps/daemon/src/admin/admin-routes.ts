import { adminPaths } from '@sluice/admin-api';
import type { Metrics } from '../metrics.ts';
import { type AdminRoutes, json } from './admin-server.ts';
import { type BackupDeps, createBackupAnswer } from './backup-answer.ts';
import { createProfileRoutes, type ProfileRoutesDeps } from './profile-routes.ts';
import { type SnapshotRowsDeps, snapshotRows } from './snapshot-rows.ts';
import { type StatusReportDeps, statusReport } from './status-report.ts';
import { createVerifyRoute, type VerifyRouteDeps } from './verify-route.ts';

export type AdminRoutesDeps = StatusReportDeps &
  SnapshotRowsDeps &
  BackupDeps &
  ProfileRoutesDeps &
  VerifyRouteDeps & { readonly metrics: Pick<Metrics, 'expose'> };

/** What the daemon says on its admin socket, as @sluice/admin-api describes it. */
export function createAdminRoutes(deps: AdminRoutesDeps): AdminRoutes {
  return {
    [adminPaths.status]: { GET: async () => json(await statusReport(deps)) },
    [adminPaths.snapshots]: { GET: async () => json({ snapshots: await snapshotRows(deps) }) },
    [adminPaths.backup]: { GET: createBackupAnswer(deps) },
    ...createProfileRoutes(deps),
    [adminPaths.verify]: createVerifyRoute(deps),
    [adminPaths.metrics]: { GET: () => deps.metrics.expose() },
  };
}
