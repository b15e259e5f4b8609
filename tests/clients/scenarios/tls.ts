import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { type Caller, NotOffered, Refusal } from '../suite/caller.ts';
import type { OpenArguments } from '../suite/operations.ts';
import type { Scenario } from '../suite/scenario.ts';
import type { Scene } from '../suite/scene.ts';
import { allNumbers, createTopic, sendNumbers } from './stock.ts';

const ROOT = { username: 'iggy', password: 'iggy' } as const;

/** TCP inside TLS, with a certificate that the client checks. */
export const tls: Scenario = {
  title: 'TLS',
  transport: 'tcp',
  settings: { VELTRO_TCP_TLS_ENABLED: 'true', VELTRO_TCP_TLS_SELF_SIGNED: 'true' },
  async run(scene) {
    const folder = mkdtempSync(join(tmpdir(), 'veltro-tls-'));
    try {
      const caFile = join(folder, 'certificate.pem');
      writeFileSync(caFile, await certificateOf(scene.broker.address));
      const root = await connectSecurely(scene, caFile);
      await root.call('user.login', ROOT);
      const place = await createTopic(scene, root, 1);
      await sendNumbers(scene, root, place, 0, [1, 2, 3]);
      assert.deepEqual(await allNumbers(root, place, 0), [1, 2, 3]);
      await assert.rejects(scene.open('plain'), Refusal);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Some clients know TLS only together with a login, others take the name from the address. */
async function connectSecurely(scene: Scene, caFile: string): Promise<Caller> {
  const [, port] = scene.broker.address.split(':');
  const ways: readonly Partial<OpenArguments>[] = [
    { tls: { caFile, domain: 'localhost' } },
    { tls: { caFile, domain: 'localhost' }, ...ROOT },
    { tls: { caFile }, address: `localhost:${port}` },
  ];
  let reason: unknown;
  for (const way of ways) {
    try {
      return await scene.connect('root', way);
    } catch (error) {
      if (!(error instanceof NotOffered)) throw error;
      reason = error;
    }
  }
  throw reason;
}

/** The certificate that a broker shows, as PEM. */
async function certificateOf(address: string): Promise<string> {
  const [host, port] = address.split(':');
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  const lines = raw.toString('base64').match(/.{1,64}/g)!;
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
