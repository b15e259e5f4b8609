import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeTerminal } from '../../tests/support/fake-terminal.ts';
import { styleFor } from './output.ts';
import { readyLine, type StartedBroker, startScreen } from './start-screen.ts';

const plain = styleFor(fakeTerminal().stdout, {});
const iggy = { username: 'iggy', password: 'iggy' };

function screen(changes: Partial<StartedBroker>): string {
  return startScreen(broker(changes), plain);
}

function broker(changes: Partial<StartedBroker>): StartedBroker {
  return {
    version: '1.2.3',
    tcp: '127.0.0.1:8090',
    http: undefined,
    httpUrl: undefined,
    query: '',
    quic: undefined,
    websocket: undefined,
    dataDir: '/data',
    threads: 3,
    rootCredentials: iggy,
    generatedRootPassword: undefined,
    wasUsedBefore: false,
    ...changes,
  };
}

test('the screen says what listens, where the data is and how to log in', () => {
  const text = screen({});
  assert.match(text, /Veltro 1\.2\.3/);
  assert.match(text, /Listening +tcp 127\.0\.0\.1:8090/);
  assert.match(text, /Data +\/data/);
  assert.match(text, /Threads +3/);
  assert.match(text, /Log in +user iggy, password iggy\n/);
  assert.match(text, /npx veltro message poll dev events/);
  assert.doesNotMatch(text, /VELTRO_SERVER/);
});

test('a generated password is shown with the commands that use it', () => {
  const text = screen({ rootCredentials: undefined, generatedRootPassword: 'S3cret+' });
  assert.match(text, /user iggy, password S3cret\+ \(shown only this once\)/);
  assert.match(text, /export VELTRO_SERVER='iggy:\/\/iggy:S3cret%2B@127\.0\.0\.1:8090'/);
});

test('a password of the environment is never shown', () => {
  const text = screen({ rootCredentials: { username: 'ann', password: 'hunter2' } });
  assert.doesNotMatch(text, /hunter2/);
  assert.match(text, /user ann, with the password that the environment gives/);
  assert.match(text, /VELTRO_SERVER='iggy:\/\/ann:PASSWORD@/);
});

test('a data directory that was used before keeps its credentials', () => {
  const text = screen({ wasUsedBefore: true, rootCredentials: undefined });
  assert.match(text, /with the credentials of the first start on this data directory\n/);
  assert.match(screen({ wasUsedBefore: true }), /\(iggy, if it was given there\)/);
});

test('other addresses are put into the commands as they are reached', () => {
  assert.match(screen({ tcp: '0.0.0.0:9' }), /VELTRO_SERVER='iggy:\/\/iggy:iggy@127\.0\.0\.1:9'/);
  assert.match(screen({ tcp: '[::]:9' }), /@\[::1\]:9'/);
  assert.doesNotMatch(screen({ tcp: '0.0.0.0:8090' }), /VELTRO_SERVER/);
  const off = screen({ tcp: undefined });
  assert.match(off, /nowhere: every transport is off/);
  assert.doesNotMatch(off, /npx/);
});

test('a broker that speaks TLS says so, and how to connect', () => {
  const text = screen({ query: '?tlsCaFile=%2Fcert.pem' });
  assert.match(text, /Listening +tcp 127\.0\.0\.1:8090, TLS only\n/);
  assert.match(
    text,
    /VELTRO_SERVER='iggy:\/\/iggy:iggy@127\.0\.0\.1:8090\?tlsCaFile=%2Fcert\.pem'/,
  );
});

test('the ready line is a sentence or one JSON object', () => {
  assert.equal(readyLine(broker({}), false), 'Ready on tcp 127.0.0.1:8090.');
  assert.equal(readyLine(broker({ tcp: undefined }), false), 'Ready.');
  assert.deepEqual(JSON.parse(readyLine(broker({}), true)), {
    event: 'ready',
    tcp: '127.0.0.1:8090',
    version: '1.2.3',
    pid: process.pid,
    threads: 3,
    dataDir: '/data',
  });
  const generated = readyLine(broker({ generatedRootPassword: 'x' }), true);
  assert.equal(JSON.parse(generated).generatedRootPassword, 'x');
});
