import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { threadsMax } from '../src/wire/limits.ts';
import { type Bounds, formats, parseThreads } from './formats.ts';

test('threads are chosen from the cores', () => {
  assert.equal(parseThreads('auto', 1), 1);
  assert.equal(parseThreads('auto', 8), 7);
  assert.equal(parseThreads('all', 8), 8);
  assert.equal(parseThreads('all', 500), threadsMax);
  assert.equal(parseThreads('auto', 500), threadsMax);
  assert.equal(parseThreads(3, 2), 3);
  assert.equal(parseThreads(' 3 ', 2), 3);
  assert.equal(parseThreads('2..6', 2), 4);
});

test('allocations without a thread, or with too many, are refused', () => {
  for (const raw of [0, '0', '4..4', '5..4', '0..25', threadsMax + 1, 1.5, 'numa:auto', null]) {
    assert.throws(
      () => parseThreads(raw, 4),
      /must be "auto", "all".* 1 to 24 threads/,
      String(raw),
    );
  }
});

function refuses(format: keyof typeof formats, raw: unknown, bounds: Bounds, reason: RegExp) {
  assert.throws(() => formats[format].parse(raw, bounds), reason);
}

test('flags, counts, choices and folders are checked', () => {
  assert.equal(formats.flag.parse('TRUE', {}), true);
  assert.equal(formats.flag.parse(false, {}), false);
  refuses('flag', 'yes', {}, /must be true or false/);
  refuses('flag', 1, {}, /must be true or false/);
  assert.equal(formats.count.parse('12', {}), 12);
  refuses('count', '12 or so', {}, /must be a whole number/);
  refuses('count', 1.5, {}, /must be a whole number/);
  refuses('count', 0, { min: 1 }, /must be at least 1/);
  refuses('count', 10, { max: 9 }, /must be at most 9/);
  assert.equal(formats.choice.parse('JSON', { choices: ['pretty', 'json'] }), 'json');
  refuses('choice', 'xml', { choices: ['pretty', 'json'] }, /must be one of pretty, json/);
  assert.equal(formats.folder.parse('topics', {}), 'topics');
  for (const raw of ['', '.', '..', '../up', 'a/b', '/root', 7]) {
    refuses('folder', raw, {}, /must be the name of a folder/);
  }
});

test('paths become absolute', () => {
  assert.equal(formats.path.parse('data', {}), resolve('data'));
  for (const raw of ['', '  ', 'a\0b', 7]) refuses('path', raw, {}, /must be a path/);
});

test('URLs speak HTTP', () => {
  assert.equal(
    formats.url.parse(' http://localhost:4318/v1/traces ', {}),
    'http://localhost:4318/v1/traces',
  );
  assert.equal(formats.url.parse('', {}), '');
  for (const raw of ['localhost:4318', 'grpc://localhost', 'traces', 7]) {
    refuses('url', raw, {}, /must be a (URL that begins with http:|text)/);
  }
});

test('bounds are printed in the unit of the format', () => {
  refuses('byte-size', 1, { min: 1024 }, /must be at least 1 KiB/);
  refuses('byte-size', 1025, { multipleOf: 512 }, /must be a multiple of 512 B/);
  refuses('duration', '2 h', { max: 3_600_000 }, /must be at most 1 h/);
});

test('the server default cannot be the server default', () => {
  refuses('expiry', 'server_default', {}, /"never_expire": this is the server default/);
  refuses('topic-size', '0', {}, /"unlimited": this is the server default/);
});
