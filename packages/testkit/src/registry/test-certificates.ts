import { generate } from 'selfsigned';

/** PEM texts, made anew for each test; no key is kept anywhere. */
export interface TestCertificates {
  /** The authority that signed the others. */
  readonly ca: string;
  /** For localhost, 127.0.0.1 and ::1. */
  readonly cert: string;
  readonly key: string;
  /** For a client that the server's `ca` vouches for. */
  readonly client: { readonly cert: string; readonly key: string };
}

/** Elliptic curve keys, good for a day. */
export async function createTestCertificates(): Promise<TestCertificates> {
  const authority = await generate([{ name: 'commonName', value: 'sluice test authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  const issue = (name: string) =>
    generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: { key: authority.private, cert: authority.cert },
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
            { type: 7, ip: '::1' },
          ],
        },
      ],
    });
  const [server, client] = [await issue('localhost'), await issue('sluice test client')];
  return {
    ca: authority.cert,
    cert: server.cert,
    key: server.private,
    client: { cert: client.cert, key: client.private },
  };
}
