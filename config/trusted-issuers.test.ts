import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './config.ts';
import { loadConfig } from './load.ts';
import { parseTrustedIssuers, printTrustedIssuers } from './trusted-issuers.ts';

const row = { issuer: 'https://a', audience: 'b', jwks_url: 'https://a/keys', user_id: 7 };
const issuer = { issuer: 'https://a', audience: 'b', jwksUrl: 'https://a/keys', userId: 7 };

test('issuers are tables, or the same as JSON, and are printed as they are read', () => {
  assert.deepEqual(parseTrustedIssuers([row]), [issuer]);
  assert.deepEqual(parseTrustedIssuers(JSON.stringify([row])), [issuer]);
  assert.deepEqual(parseTrustedIssuers(''), []);
  assert.deepEqual(printTrustedIssuers([issuer]), [row]);
});

test('a row that cannot be is named with what is wrong', () => {
  for (const [raw, message] of [
    ['{', /list of tables/],
    [[7], /list of tables/],
    [[row, { ...row, user_id: 0 }], /user_id of 1 to 4294967295 in row 1/],
    [[{ ...row, jwks_url: 'file:///keys' }], /http or https address as jwks_url in row 0/],
    [[{ ...row, audience: ' ' }], /text as audience in row 0/],
    [[{ ...row, key: 'x' }], /must not have key in row 0/],
  ] as const) {
    assert.throws(() => parseTrustedIssuers(raw), message);
  }
});

test('the environment holds one variable for each value', () => {
  const cells = (prefix: string, number: number) => ({
    [`${prefix}_HTTP_JWT_TRUSTED_ISSUERS_${number}_ISSUER`]: row.issuer,
    [`${prefix}_HTTP_JWT_TRUSTED_ISSUERS_${number}_AUDIENCE`]: row.audience,
    [`${prefix}_HTTP_JWT_TRUSTED_ISSUERS_${number}_JWKS_URL`]: row.jwks_url,
    [`${prefix}_HTTP_JWT_TRUSTED_ISSUERS_${number}_USER_ID`]: String(row.user_id),
  });
  for (const prefix of ['VELTRO', 'IGGY']) {
    const environment = { ...cells(prefix, 0), ...cells(prefix, 1) };
    const { http, warnings } = loadConfig({ environment });
    assert.deepEqual(http.jwt.trustedIssuers, [issuer, issuer]);
    assert.deepEqual(warnings, []);
  }
  const gap = { environment: cells('VELTRO', 1) };
  assert.throws(
    () => loadConfig(gap),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /from VELTRO_HTTP_JWT_TRUSTED_ISSUERS_….* in row 0/);
      return true;
    },
  );
});
