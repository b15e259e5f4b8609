import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { changePassword } from '../../src/wire/classic/commands/change-password.ts';
import { createPersonalAccessToken } from '../../src/wire/classic/commands/create-personal-access-token.ts';
import { createUser } from '../../src/wire/classic/commands/create-user.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { loginWithPersonalAccessToken } from '../../src/wire/classic/commands/login-with-personal-access-token.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { userStatuses } from '../../src/wire/classic/structures/user.ts';
import { status } from '../../src/wire/status.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { filesBelow } from '../support/files-below.ts';
import { RawClient } from '../support/raw-client.ts';
import { credentials } from '../support/user-kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'veltro-secrets-'));
after(() => rmSync(folder, { recursive: true }));

const secrets = {
  root: 'root/Hh4?s3cret',
  first: 'ann*First+s3cret',
  next: 'ann~Next=s3cret',
  guess: 'a%Wrong&s3cret',
  misplaced: 'typed-where-names-go-s3cret',
} as const;
const secretToken = 'a-token-that-nobody-has-s3cret';
const keyBytes = 'key-of-thirty-two-bytes-s3cret!!';
const encryptionKey = Buffer.from(keyBytes).toString('base64');
/** Secret where the data directory is encrypted. */
const names = ['admin-of-all', 'ann-of-many', 'robot-of-ann'] as const;
const [admin, ann, robot] = names;

/** A secret as it is, in hexadecimal digits, in base64 of any alignment, as JSON and in a url. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const encoded = [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
    // What stands at the edges depends on the neighbours.
    return [whole.toString('base64'), whole.toString('base64url')].map((text) => text.slice(4, -4));
  });
  const hex = bytes.toString('hex');
  const utf16 = Buffer.from(secret, 'utf16le').toString('latin1');
  const escaped = [JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  return [secret, hex, hex.toUpperCase(), utf16, ...escaped, ...encoded];
}

function assertAbsent(where: string, text: string, everything: readonly string[]): void {
  for (const secret of everything) {
    const found = formsOf(secret).filter((form) => text.includes(form));
    assert.deepEqual(found, [], `${where} holds a secret`);
  }
}

/** Does whatever has to do with secrets, right and wrong, and returns the tokens that were made. */
async function useSecrets(broker: BrokerProcess): Promise<string[]> {
  await using root = await RawClient.connect(broker);
  await root.call(loginUser, credentials(admin, secrets.root));
  const account = { username: ann, status: userStatuses.active, permissions: null };
  await root.call(createUser, { ...account, password: secrets.first });
  assert.notEqual(await root.status(createUser, { ...account, password: secrets.first }), 0);
  await using user = await RawClient.connect(broker);
  await user.call(loginUser, credentials(ann, secrets.first));
  const { token } = await user.call(createPersonalAccessToken, { name: robot, expiryMicros: 0n });
  const { token: brief } = await user.call(createPersonalAccessToken, {
    name: 'brief',
    expiryMicros: 1n,
  });
  await user.call(loginWithPersonalAccessToken, { token });
  const expired = await user.status(loginWithPersonalAccessToken, { token: brief });
  assert.equal(expired, status.PersonalAccessTokenExpired);
  const change = { userId: ann, currentPassword: secrets.guess, newPassword: secrets.next };
  assert.equal(await user.status(changePassword, change), status.InvalidCredentials);
  await user.call(changePassword, { ...change, currentPassword: secrets.first });
  for (const attempt of [
    credentials(ann, secrets.guess),
    credentials('nobody', secrets.guess),
    credentials(secrets.misplaced, secrets.guess),
  ]) {
    assert.equal(await user.status(loginUser, attempt), status.InvalidCredentials);
  }
  const unknown = await user.status(loginWithPersonalAccessToken, { token: secretToken });
  assert.notEqual(unknown, 0);
  await breakOff(broker);
  return [token, brief];
}

/** A login that ends in the middle, and one that is no request. */
async function breakOff(broker: BrokerProcess): Promise<void> {
  const frame = encodeRequest(loginUser, credentials(ann, secrets.next));
  await using half = await RawClient.connect(broker);
  await half.write(frame.subarray(0, -9));
  await using broken = await RawClient.connect(broker);
  const shifted = Buffer.concat([frame.subarray(0, 8), Buffer.of(255), frame.subarray(9)]);
  assert.equal((await broken.exchange(shifted)).status, status.InvalidCommand);
}

const encryption = {
  VELTRO_SYSTEM_ENCRYPTION_ENABLED: 'true',
  VELTRO_SYSTEM_ENCRYPTION_KEY: encryptionKey,
};

for (const [mode, more, hidden] of [
  ['in clear', {}, []],
  ['encrypted', encryption, names],
] as const) {
  test(`no password, token or key is in a file or in the log, ${mode}`, () =>
    assertSecret(join(folder, mode), more, hidden));
}

async function assertSecret(
  dataDir: string,
  more: Readonly<Record<string, string>>,
  hidden: readonly string[],
): Promise<void> {
  const settings = {
    ...more,
    VELTRO_ROOT_USERNAME: admin,
    VELTRO_ROOT_PASSWORD: secrets.root,
    VELTRO_SYSTEM_LOGGING_LEVEL: 'trace',
    VELTRO_LOGIN_LIMIT_FAILURES_PER_ADDRESS: '4',
  };
  const everything = [...Object.values(secrets), secretToken, keyBytes, encryptionKey];
  const broker = await BrokerProcess.start({ dataDir, threads: 1, settings });
  try {
    everything.push(...(await useSecrets(broker)));
    assertFilesAreClean(dataDir, [...everything, ...hidden]);
  } finally {
    assert.equal(await broker.end('SIGTERM'), 0);
  }
  assertFilesAreClean(dataDir, [...everything, ...hidden]);
  const log = broker.log.join('\n');
  assert.match(log, /Too many logins failed/, 'the log was not looked at');
  assertAbsent('the log', log, everything);
}

function assertFilesAreClean(dataDir: string, everything: readonly string[]): void {
  const files = filesBelow(dataDir);
  for (const name of ['catalog/log', 'runtime/current_config.toml']) {
    assert.ok(files.includes(join(dataDir, name)), `${name} was not looked at`);
  }
  for (const file of files) assertAbsent(file, readFileSync(file, 'latin1'), everything);
}

test('every form of a secret would be found', () => {
  const secret = secrets.next;
  for (const shift of ['', 'x', 'xy', 'xyz']) {
    const text = Buffer.from(`${shift}${secret}tail`);
    for (const form of [text.toString('base64'), text.toString('hex'), text.toString('latin1')]) {
      assert.throws(() => assertAbsent('it', `before ${form} behind`, [secret]));
    }
  }
});
