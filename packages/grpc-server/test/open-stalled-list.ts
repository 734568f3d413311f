import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';

/** A call of List whose answer nobody reads. Disposing it ends the connection. */
export interface StalledList extends Disposable {
  cancel(): void;
}

/** By hand, as grpc-js's client reads ahead without end. */
export function openStalledList(address: string): StalledList {
  const session = connectHttp2('http://localhost', { createConnection: () => connect(address) });
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/containerd.services.snapshots.v1.Snapshots/List',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.on('error', () => undefined).end(Buffer.alloc(5));
  return {
    cancel: () => stream.close(constants.NGHTTP2_CANCEL),
    [Symbol.dispose]: () => session.destroy(),
  };
}
