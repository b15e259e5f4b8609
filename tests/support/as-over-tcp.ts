import assert from 'node:assert/strict';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { goldenRequests } from '../golden/frames.ts';
import { startBroker } from './broker.ts';
import { decode, RawClient, type RawResponse, rootLogin } from './raw-client.ts';

const loginFrame = encodeRequest(loginUser, rootLogin);

/**
 * Sends every golden request over another transport, to a broker that nothing was done to, and over
 * TCP to one more: each must have the status that it has there.
 */
export async function assertAnsweredAsOverTcp(
  exchange: (frame: Uint8Array) => Promise<RawResponse>,
): Promise<void> {
  await using broker = await startBroker();
  await using overTcp = await RawClient.connect(broker);
  assert.ok(goldenRequests.length > 30);
  for (const { name, bytes } of goldenRequests) {
    decode(loginUser, await exchange(loginFrame));
    decode(loginUser, await overTcp.exchange(loginFrame));
    const expected = (await overTcp.exchange(bytes)).status;
    assert.equal((await exchange(bytes)).status, expected, name);
  }
}
