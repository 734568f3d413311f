/**
 * Of an artifact that is a profile (`artifactType`), and of its one layer: the profile as JSON, as `sluice profile
 * export` writes it.
 */
export const profileMediaType = 'application/vnd.sluice.start-profile.v1+json';
