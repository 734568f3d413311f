import { adminPaths } from '@sluice/admin-api';
import {
  type Profile,
  type ProfileStore,
  parseProfile,
  RemoteFsError,
  summarizeProfile,
} from '@sluice/remote-fs';
import { type AdminAnswer, type AdminRequest, type AdminRoutes, json, refusal } from './admin-server.ts';

export interface ProfileRoutesDeps {
  /** Undefined where none are kept. */
  readonly profiles: ProfileStore | undefined;
}

const useless =
  'this daemon keeps no profiles: it mounts no layers lazily, or "sluice status" says what is wrong';

/** What was learned of the starts of images: to be looked at, removed, and carried to other machines. */
export function createProfileRoutes({ profiles: store }: ProfileRoutesDeps): AdminRoutes {
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

  return {
    [adminPaths.profiles]: { GET: async () => json({ profiles: (await store?.list()) ?? [] }) },
    [adminPaths.profile]: { GET: show, PUT: keep, DELETE: remove },
  };
}

const whichImage = 'say which image: ?image=sha256:...';

/** Nothing is kept that nobody reads. */
function withoutMore({ version, image, reference, recordedAt, layers }: Profile): Profile {
  return { version, image, reference, recordedAt, layers };
}
