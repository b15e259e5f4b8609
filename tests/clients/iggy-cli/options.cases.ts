import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { BrokerProcess } from '../../support/broker-process.ts';
import { Iggy } from './iggy.ts';

const iggy = await Iggy.start();
after(() => iggy.stop());

const WRONG = /Invalid credentials/;

describe('--username and --password', () => {
  it('log in', async () => {
    await iggy.print('me', { login: '--username iggy --password iggy' });
  });

  it('take the password from standard input', async () => {
    await iggy.print('me', { login: '--username iggy', input: 'iggy\n' });
    await iggy.fail('me', WRONG, { login: '--username iggy', input: 'wrong\n' });
  });

  it('come from the environment', async () => {
    const credentials = { IGGY_USERNAME: 'iggy', IGGY_PASSWORD: 'iggy' };
    await iggy.print('me', { login: [], environment: credentials });
    const environment = { ...credentials, IGGY_PASSWORD: 'wrong' };
    await iggy.fail('me', WRONG, { login: [], environment });
  });

  it('are refused when they are wrong', async () => {
    await iggy.fail('me', WRONG, { login: '--username iggy --password wrong' });
    await iggy.fail('me', WRONG, { login: '--username nobody --password iggy' });
  });

  it('must not be missing', async () => {
    await iggy.fail('me', /Missing iggy server credentials/, { login: [] });
  });
});

describe('--token', () => {
  it('is refused when nobody has it', async () => {
    await iggy.fail('me', /server login with token/, { login: '--token wrong' });
  });

  it('excludes a user name', async () => {
    const { code } = await iggy.run('me', { login: '--token wrong --username iggy' });
    assert.equal(code, 2);
  });
});

describe('--tcp-server-address', () => {
  it('fails when nobody answers there', async () => {
    const retry = '--tcp-reconnection-max-retries 1 --tcp-reconnection-interval 1ms';
    const connection = `--tcp-server-address 127.0.0.1:1 ${retry}`;
    await iggy.fail('ping', /CannotEstablishConnection/, { connection });
  });
});

describe('--tcp-tls-enabled', () => {
  /** What the tool says of a connection that it does not accept. */
  async function refusal(address: string): Promise<string> {
    const file = join(iggy.folder, 'refusal.log');
    const connection = `--tcp-server-address ${address} --tcp-tls-enabled --debug ${file}`;
    await iggy.fail('ping', /CannotEstablishConnection/, { connection });
    return readFileSync(file, 'utf8');
  }

  it('meets a certificate that no public authority has signed', async () => {
    const settings = { VELTRO_TCP_TLS_ENABLED: 'true', VELTRO_TCP_TLS_SELF_SIGNED: 'true' };
    const dataDir = join(iggy.folder, 'tls');
    mkdirSync(dataDir);
    const broker = await BrokerProcess.start({ dataDir, threads: 1, settings });
    try {
      assert.match(await refusal(new URL(broker.url).host), /invalid peer certificate/);
    } finally {
      await broker.end('SIGTERM');
    }
  });

  it('fails where plain connections are expected', async () => {
    assert.match(await refusal(iggy.address), /Failed to establish a TLS connection/);
  });

  const skip = 'the tool trusts public authorities alone, and takes no certificate of another';
  it('talks to a broker whose certificate it trusts', { skip });
});

describe('--quiet', () => {
  it('leaves standard output empty', async () => {
    for (const words of ['me', 'user list', 'client list', 'cluster metadata', 'pat list']) {
      await iggy.quietly(words);
    }
  });

  it('leaves errors on standard error', async () => {
    await iggy.fail('--quiet stream delete none', /Stream with ID: 0 was not found/);
  });
});

describe('--debug', () => {
  it('writes what was done to a file', async () => {
    const file = join(iggy.folder, 'debug.log');
    await iggy.print(`--debug ${file} me`);
    assert.match(readFileSync(file, 'utf8'), /Executing me command/);
  });
});
