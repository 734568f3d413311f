export { ensureDebianPackages } from './debian/ensure-debian-packages.ts';
export { type PrivatePackages, privatePackages } from './debian/private-packages.ts';
