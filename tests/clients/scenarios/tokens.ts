import assert from 'node:assert/strict';
import type { Scenario } from '../suite/scenario.ts';

const HOUR_MICROS = 3_600_000_000n;
const MINUTE_MICROS = 60_000_000n;

/** Personal access tokens, with and without an end. */
export const tokens: Scenario = {
  title: 'personal access tokens',
  async run(scene) {
    const root = await scene.open('root');
    const [endless, hour, short] = ['endless', 'hour', 'short'].map(
      (label) => `${scene.name}-${label}`,
    );
    const { token } = await root.call('token.create', { name: endless });
    assert.match(token, /^\S{68}$/);
    await root.refused('token.create', { name: endless }, 51);
    await root.refused('token.create', { name: 'ab' }, 50);
    const expiry = { expiryMicros: String(HOUR_MICROS) };
    const hasExpiry =
      (await root.optional('token.create', { name: hour, ...expiry })) !== undefined;
    const listed = await root.optional('token.list', {});
    const find = (name: string) => listed!.find((item) => item.name === name)!;
    if (listed) scene.shows('token', find(endless), { expiresAt: null });
    if (listed && hasExpiry) scene.shows('token', find(hour), { expiresAt: isInAnHour });
    const expired = await root.optional('token.create', { name: short, expiryMicros: '1' });
    if (expired !== undefined) {
      const caller = await scene.connect('late');
      await caller.refused('token.login', { token: expired.token }, 54);
    }
    await root.call('token.delete', { name: endless });
    const left = await root.optional('token.list', {});
    assert.ok(!left?.some(({ name }) => name === endless), 'a deleted token is listed');
    await root.refused('token.delete', { name: endless }, 20);
  },
};

function isInAnHour(expiresAt: string | null): boolean {
  const away = BigInt(expiresAt ?? 0) - BigInt(Date.now()) * 1000n - HOUR_MICROS;
  return away > -MINUTE_MICROS && away < MINUTE_MICROS;
}
