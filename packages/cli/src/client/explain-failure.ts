import { lstatSync } from 'node:fs';
import { CliError } from '../cli-error.ts';

/** Says why a daemon could not be asked, and what to do. */
export function explainFailure(address: string, cause: NodeJS.ErrnoException): CliError {
  const error = (code: CliError['code'], message: string) => new CliError(code, message, { cause });
  switch (cause.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return error('UNREACHABLE', `there is no socket ${address}: ${isItRunning}`);
    case 'ECONNREFUSED':
      if (isSocket(address))
        return error('UNREACHABLE', `nobody listens on ${address}; a daemon has ended there: start sluiced`);
      return error('USAGE', `${address} is not a socket: ${whichSocket}`);
    case 'EACCES':
    case 'EPERM':
      return error('NOT_PERMITTED', `only root may ask the daemon at ${address}: try sudo`);
    case 'ETIMEDOUT':
      return error(
        'UNREACHABLE',
        `the daemon at ${address} does not answer (${cause.message}): its log may say why`,
      );
    case 'ENAMETOOLONG':
    case 'EINVAL':
      return error('USAGE', `${address} cannot be a socket: ${cause.message}`);
    default:
      return error(
        'BAD_ANSWER',
        `${address} does not answer as a daemon does (${cause.message}): ${whichSocket}`,
      );
  }
}

const isItRunning =
  'sluiced is not running, or listens elsewhere; start it, or say with --address where its admin socket is';

const whichSocket =
  "the admin socket is admin.sock beside the socket for containerd, unless the daemon's configuration says otherwise";

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}
