import { adminPaths, type ProfileRow } from '@sluice/admin-api';
import { type Profile, parseProfile, type RemoteFileSystem, RemoteFsError } from '@sluice/remote-fs';
import { type AdminAnswer, type AdminRequest, type AdminRoutes, json, refusal } from './admin-server.ts';

export interface ProfileRoutesDeps {
  /** Undefined where no layer is mounted lazily. */
  readonly remoteFs: Pick<RemoteFileSystem, 'profiles'> | undefined;
}

/** What was learned of the starts of images: to be looked at, and carried to other machines. */
export function createProfileRoutes({ remoteFs }: ProfileRoutesDeps): AdminRoutes {
  const files = remoteFs?.profiles;

  const show = async ({ query }: AdminRequest): Promise<AdminAnswer> => {
    const image = query.get('image');
    if (!image) return refusal(400, 'say which image: ?image=sha256:...');
    const profile = await files?.load(image);
    return profile ? json(profile) : refusal(404, `there is no profile of ${image}`);
  };

  const keep = async ({ body }: AdminRequest): Promise<AdminAnswer> => {
    if (!files) return refusal(409, 'this daemon mounts no layers lazily, so it has no use for profiles');
    try {
      const profile = withoutMore(parseProfile(body, 'what was sent'));
      await files.save(profile);
      return json(rowOf(profile));
    } catch (error) {
      if (error instanceof RemoteFsError && error.code === 'PROFILE_INVALID')
        return refusal(400, error.message);
      throw error;
    }
  };

  return {
    [adminPaths.profiles]: {
      GET: async () => json({ profiles: [...((await files?.list()) ?? [])].map(rowOf).sort(inOrder) }),
    },
    [adminPaths.profile]: { GET: show, PUT: keep },
  };
}

function rowOf({ image, reference, recordedAt, layers }: Profile): ProfileRow {
  const ranges = Object.values(layers).flat();
  const sizeBytes = ranges.reduce((sum, [, length]) => sum + length, 0);
  return {
    image,
    reference,
    recordedAt,
    layers: Object.keys(layers).length,
    ranges: ranges.length,
    sizeBytes,
  };
}

function inOrder(a: ProfileRow, b: ProfileRow): number {
  const key = ({ reference, recordedAt, image }: ProfileRow) => `${reference}\n${recordedAt}\n${image}`;
  return key(a) < key(b) ? -1 : 1;
}

/** Nothing is kept that nobody reads. */
function withoutMore({ version, image, reference, recordedAt, layers }: Profile): Profile {
  return { version, image, reference, recordedAt, layers };
}
