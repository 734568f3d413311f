import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import {
  adminFailureSchema,
  adminPaths,
  daemonStatusSchema,
  profileListSchema,
  profileRowSchema,
  profileSchema,
  pushedProfileSchema,
  snapshotListSchema,
  verifyLineSchema,
} from '@sluice/admin-api';
import { CliError } from '../cli-error.ts';
import type { AdminClient } from './admin-client.ts';
import { type HttpRequest, httpRequest } from './http-request.ts';

export interface AdminClientOptions {
  /** Path of the unix socket, at most 107 bytes. */
  readonly address: string;
  /** How long nothing may come before the daemon is given up. Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

type How = Pick<HttpRequest, 'body' | 'method'>;

/** As much of a schema as is needed here. */
interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error };
}

export function createAdminClient({ address, timeoutMs = 30_000 }: AdminClientOptions): AdminClient {
  const send = <T>(path: string, read: (answer: IncomingMessage) => Promise<T>, how: How = {}) =>
    httpRequest({ address, path, timeoutMs, ...how }, async (answer) => {
      if (answer.statusCode !== 200) throw failure(address, answer.statusCode!, await text(answer));
      return await read(answer);
    });
  const ask = async <T>(path: string, schema: Schema<T>, how: How = {}): Promise<T> => {
    const checked = schema.safeParse(parseJson(address, await send(path, text, how)));
    if (checked.success) return checked.data;
    throw otherVersion(address, `its answer to ${path} is not what is known here`, { cause: checked.error });
  };
  return {
    status: () => ask(adminPaths.status, daemonStatusSchema),
    snapshots: () => ask(adminPaths.snapshots, snapshotListSchema),
    backup: (write) =>
      send(adminPaths.backup, async (answer) => {
        for await (const bytes of answer) await write(bytes as Uint8Array);
      }),
    profiles: () => ask(adminPaths.profiles, profileListSchema),
    profile: (image) => ask(`${adminPaths.profile}?image=${encodeURIComponent(image)}`, profileSchema),
    importProfile: (profile) => ask(adminPaths.profile, profileRowSchema, { body: profile }),
    pushProfile: (image) =>
      ask(`${adminPaths.profilePush}?image=${encodeURIComponent(image)}`, pushedProfileSchema, {
        method: 'POST',
      }),
    pullProfiles: (reference) =>
      ask(`${adminPaths.profilePull}?reference=${encodeURIComponent(reference)}`, profileListSchema, {
        method: 'POST',
      }),
    removeProfile: async (image) => {
      await send(`${adminPaths.profile}?image=${encodeURIComponent(image)}`, text, { method: 'DELETE' });
    },
    verifyContents: ({ repair, onProgress }) =>
      send(
        `${adminPaths.verify}${repair ? '?repair' : ''}`,
        async (answer) => {
          for await (const text of createInterface({ input: answer })) {
            const line = verifyLineSchema.safeParse(parseJson(address, text));
            if (!line.success) throw otherVersion(address, 'its report is not what is known here');
            if ('report' in line.data) return line.data.report;
            onProgress(line.data.progress);
          }
          throw new CliError(
            'BAD_ANSWER',
            `the daemon at ${address} has stopped in the middle: its log may say why`,
          );
        },
        { method: 'POST' },
      ),
  };
}

function failure(address: string, status: number, body: string): CliError {
  const said = adminFailureSchema.safeParse(parseJson(address, body));
  const why = said.success ? said.data.error : `HTTP status ${status}`;
  if ([400, 409, 413].includes(status)) {
    return new CliError('INVALID', `the daemon at ${address} refuses that: ${why}`);
  }
  if (status === 502) return new CliError('REGISTRY_FAILED', why);
  if (status === 404) return otherVersion(address, why);
  return new CliError('BAD_ANSWER', `the daemon at ${address} failed: ${why}`);
}

function parseJson(address: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw otherVersion(address, 'its answer is no JSON', { cause });
  }
}

function otherVersion(address: string, why: string, options?: ErrorOptions): CliError {
  const advice = 'use the sluice that came with this sluiced, or restart the daemon after its upgrade';
  return new CliError(
    'BAD_ANSWER',
    `the daemon at ${address} seems to be of another version (${why}): ${advice}`,
    options,
  );
}
