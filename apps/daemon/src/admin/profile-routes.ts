import { adminPaths } from '@sluice/admin-api';
import { RegistryError } from '@sluice/registry';
import {
  type Profile,
  type ProfileArtifacts,
  type ProfileStore,
  parseProfile,
  RemoteFsError,
  summarizeProfile,
} from '@sluice/remote-fs';
import { type AdminAnswer, type AdminRequest, type AdminRoutes, json, refusal } from './admin-server.ts';

export interface ProfileRoutesDeps {
  /** Undefined where none are kept. */
  readonly profiles: ProfileStore | undefined;
  readonly profileArtifacts: ProfileArtifacts;
}

const useless =
  'this daemon keeps no profiles: it mounts no layers lazily, or "sluice status" says what is wrong';

/** What was learned of the starts of images: to be looked at, removed, and carried to other machines. */
export function createProfileRoutes({ profiles: store, profileArtifacts }: ProfileRoutesDeps): AdminRoutes {
  const show = async ({ query }: AdminRequest): Promise<AdminAnswer> => {
    const image = query.get('image');
    if (!image) return refusal(400, whichImage);
    const profile = await store?.load(image);
    return profile ? json(profile) : refusal(404, `there is no profile of ${image}`);
  };

  const keep = async ({ body }: AdminRequest): Promise<AdminAnswer> => {
    if (!store) return refusal(409, useless);
    try {
      const profile = withoutMore(parseProfile(body, 'what was sent'));
      await store.save(profile);
      return json(summarizeProfile(profile));
    } catch (error) {
      if (error instanceof RemoteFsError && error.code === 'PROFILE_INVALID')
        return refusal(400, error.message);
      throw error;
    }
  };

  const remove = async ({ query }: AdminRequest): Promise<AdminAnswer> => {
    const image = query.get('image');
    if (!image) return refusal(400, whichImage);
    const isRemoved = (await store?.remove(image)) ?? false;
    return isRemoved ? json({ image }) : refusal(404, `there is no profile of ${image}`);
  };

  const push = async ({ query }: AdminRequest): Promise<AdminAnswer> => {
    const image = query.get('image');
    if (!image) return refusal(400, whichImage);
    const profile = await store?.load(image);
    if (!profile) return refusal(404, `there is no profile of ${image}`);
    return await asking(async (call) => {
      const artifact = await profileArtifacts.push(profile, call);
      return json({ ...summarizeProfile(profile), artifact });
    });
  };

  const pull = async ({ query }: AdminRequest): Promise<AdminAnswer> => {
    if (!store) return refusal(409, useless);
    const reference = query.get('reference');
    if (!reference) return refusal(400, 'say which image: ?reference=registry.example/app:1');
    return await asking(async (call) => {
      const found = await profileArtifacts.find({ reference }, call);
      for (const profile of found) await store.save(profile);
      return json({ profiles: found.map(summarizeProfile) });
    });
  };

  return {
    [adminPaths.profilePush]: { POST: push },
    [adminPaths.profilePull]: { POST: pull },
    [adminPaths.profiles]: { GET: async () => json({ profiles: (await store?.list()) ?? [] }) },
    [adminPaths.profile]: { GET: show, PUT: keep, DELETE: remove },
  };
}

/** Less than a client waits. */
const registryTimeoutMs = 25_000;

/** What goes wrong at a registry is nothing that the daemon's log has to explain. */
async function asking(work: (call: { signal: AbortSignal }) => Promise<AdminAnswer>): Promise<AdminAnswer> {
  const signal = AbortSignal.timeout(registryTimeoutMs);
  try {
    return await work({ signal });
  } catch (error) {
    if (signal.aborted)
      return refusal(502, `the registry took longer than ${registryTimeoutMs / 1000} seconds`);
    if (error instanceof RemoteFsError && error.code === 'PROFILE_INVALID')
      return refusal(400, error.message);
    if (!(error instanceof RegistryError)) throw error;
    return refusal(error.code === 'INVALID' ? 400 : 502, error.message);
  }
}

const whichImage = 'say which image: ?image=sha256:...';

/** Nothing is kept that nobody reads. */
function withoutMore({ version, image, reference, recordedAt, layers }: Profile): Profile {
  return { version, image, reference, recordedAt, layers };
}
