// Opens and closes clients.
import { readFileSync } from 'node:fs';
import { Misunderstood, NotOffered } from './answers.mjs';
import { getRawClient, SimpleClient } from './iggy.mjs';

/**
 * A request that fills the buffer of the socket is taken by the client for one that was not sent,
 * although it was; so the buffer has room for any request.
 */
const BUFFER_BYTES = 64 * 1024 * 1024;

/** Made once for each client; `lost` rejects when the connection is gone. */
export async function openClient({ address, transport = 'tcp', tls, username, password }) {
  if (address === undefined) throw new Misunderstood('the argument "address" is missing');
  if (transport !== 'tcp') throw new NotOffered('this client knows TCP alone');
  const credentials = username === undefined ? undefined : { username, password };
  const raw = getRawClient({
    transport: tls ? 'TLS' : 'TCP',
    options: { ...endpoint(address), highWaterMark: BUFFER_BYTES, ...security(tls) },
    credentials,
    reconnect: { enabled: false },
  });
  const client = { raw, api: new SimpleClient(raw), lost: loss(raw.getReadStream()) };
  // The client connects with its first request, and logs in with the first that needs it.
  const first = credentials ? raw.authenticate(credentials) : client.api.system.ping();
  await Promise.race([first, client.lost]);
  return client;
}

export function closeClient({ raw }) {
  raw.destroy();
}

function endpoint(address) {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

function security({ caFile, certFile, keyFile, domain } = {}) {
  return {
    ca: caFile && readFileSync(caFile),
    cert: certFile && readFileSync(certFile),
    key: keyFile && readFileSync(keyFile),
    ...(domain && { servername: domain }),
  };
}

function loss(socket) {
  const lost = new Promise((_, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection is closed')));
  });
  // Nobody may be waiting when it happens.
  lost.catch(() => {});
  return lost;
}
