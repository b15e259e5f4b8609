import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigError, type SystemConfig } from '../../config/config.ts';
import { loadEncryptionKey } from './encryption-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'veltro-key-'));
after(() => rmSync(folder, { recursive: true }));

const key = Buffer.alloc(32, 0xc3);
const text = key.toString('base64');

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function load(changes: Partial<SystemConfig['encryption']>) {
  const warnings: string[] = [];
  const settings = { enabled: true, key: '', keyFile: '', ...changes };
  return { key: loadEncryptionKey(settings, (message) => warnings.push(message)), warnings };
}

test('the key comes from the configuration or from a file', () => {
  const fromConfig = load({ key: text });
  const fromFile = load({ keyFile: file('key', `${text}\n`) });
  for (const loaded of [fromConfig, fromFile]) {
    assert.deepEqual(loaded, { key, warnings: [] });
  }
});

test('without encryption nothing is looked at', () => {
  assert.equal(load({ enabled: false, keyFile: join(folder, 'missing') }).key, undefined);
  assert.equal(load({ enabled: false, key: text, keyFile: 'x' }).key, undefined);
});

test('a file that others can read is used, with a warning', () => {
  const keyFile = file('open', text);
  chmodSync(keyFile, 0o644);
  const loaded = load({ keyFile });
  assert.deepEqual(loaded.key, key);
  const isWindows = process.platform === 'win32';
  assert.equal(loaded.warnings.length, isWindows ? 0 : 1);
  if (!isWindows) assert.match(loaded.warnings[0], /Every user.*open \(system.*key_file\)/);
});

test('what cannot be used is an error that names the key and shows no secret', () => {
  const half = text.slice(0, 20);
  const mistakes: [Partial<SystemConfig['encryption']>, RegExp][] = [
    [{}, /enabled is true, but neither of system\.encryption\.key and .*key_file is set/],
    [{ key: text, keyFile: file('key', text) }, /key and .*key_file are set: it takes one/],
    [{ keyFile: join(folder, 'missing') }, /key_file is .*missing, but that file does not exist/],
    [{ keyFile: file('half', half) }, /half, but that file does not hold 32 bytes in base64/],
    [{ keyFile: file('empty', '') }, /empty, but that file does not hold 32 bytes in base64/],
    [{ keyFile: file('more', `${text}${text}`) }, /more, but that file does not hold 32 bytes/],
  ];
  for (const [changes, expected] of mistakes) {
    assert.throws(
      () => load(changes),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, expected);
        return !error.message.includes(text.slice(0, 8));
      },
    );
  }
});
