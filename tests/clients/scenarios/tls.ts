import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Refusal } from '../suite/caller.ts';
import type { Scenario } from '../suite/scenario.ts';
import { allNumbers, createTopic, sendNumbers } from './stock.ts';

const ROOT = { username: 'iggy', password: 'iggy' } as const;

/** TCP inside TLS, with a certificate that the client checks. */
export const tls: Scenario = {
  title: 'TLS',
  settings: { VELTRO_TCP_TLS_ENABLED: 'true', VELTRO_TCP_TLS_SELF_SIGNED: 'true' },
  async run(scene) {
    const folder = mkdtempSync(join(tmpdir(), 'veltro-tls-'));
    try {
      const caFile = join(folder, 'certificate.pem');
      writeFileSync(caFile, await certificateOf(scene.broker.address));
      const root = await scene.connect('root', { tls: { caFile, domain: 'localhost' }, ...ROOT });
      const place = await createTopic(scene, root, 1);
      await sendNumbers(scene, root, place, 0, [1, 2, 3]);
      assert.deepEqual(await allNumbers(root, place, 0), [1, 2, 3]);
      await assert.rejects(scene.open('plain'), Refusal);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

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
