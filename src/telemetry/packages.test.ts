import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadOptional } from './packages.ts';

function importer(missing: readonly string[]) {
  return async (name: string) => {
    if (!missing.includes(name)) return { name };
    throw Object.assign(new Error(`Cannot find package '${name}'`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
  };
}

test('packages are loaded in the order of their names', async () => {
  const loaded = await loadOptional<[unknown, unknown]>('a key', ['one', 'two'], importer([]));
  assert.deepEqual(loaded, [{ name: 'one' }, { name: 'two' }]);
});

test('the error names what is to be installed', async () => {
  await assert.rejects(
    loadOptional(
      'telemetry.traces.endpoint',
      ['one', '@two/three', 'four'],
      importer(['one', 'four']),
    ),
    {
      message: 'telemetry.traces.endpoint needs packages that are not there: npm install one four',
    },
  );
});

test('a package that is there and does not work is no missing one', async () => {
  const broken = async () => {
    throw new Error('bad syntax');
  };
  await assert.rejects(loadOptional('a key', ['one'], broken), {
    message: 'a key: package one cannot be loaded: bad syntax',
  });
});
