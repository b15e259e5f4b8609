import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Iggy } from './iggy.ts';

const iggy = await Iggy.start();
after(() => iggy.stop());

/** Contexts of one test: the folder in which the tool keeps them. */
function freshContexts() {
  const environment = { IGGY_HOME: mkdtempSync(join(iggy.folder, 'contexts-')) };
  return { login: [], environment };
}

async function names(options: ReturnType<typeof freshContexts>): Promise<string[]> {
  return (await iggy.table('context list', options)).map(({ Name }) => Name);
}

describe('context list', () => {
  it('marks the context in use', async () => {
    const contexts = freshContexts();
    assert.deepEqual(await names(contexts), ['default*']);
    await iggy.print('context create other', contexts);
    assert.deepEqual(await names(contexts), ['default*', 'other']);
    const listed = await iggy.print('ctx l --list-mode list', contexts);
    assert.match(listed, /default\*.*\n.*other/);
  });
});

describe('context create', () => {
  it('stores options in a file for its owner alone', async () => {
    const contexts = freshContexts();
    const options = `--transport tcp --tcp-server-address ${iggy.address} --username iggy`;
    const printed = await iggy.print(`context create prod ${options}`, contexts);
    assert.equal(printed, "context 'prod' created successfully");
    const file = join(contexts.environment.IGGY_HOME, 'contexts.toml');
    assert.match(readFileSync(file, 'utf8'), /^\[prod\]$/m);
    assert.equal(statSync(file).mode & 0o077, 0);
  });

  it('refuses a taken name and the reserved one', async () => {
    const contexts = freshContexts();
    await iggy.print('context create taken', contexts);
    await iggy.fail('context create taken', /already exists/, contexts);
    await iggy.fail('context create default', /it is reserved/, contexts);
  });
});

describe('context use', () => {
  it('connects and logs in with the options of the context', async () => {
    const contexts = freshContexts();
    const stored = `--tcp-server-address ${iggy.address} --username iggy --password iggy`;
    await iggy.print(`context create here ${stored}`, contexts);
    const printed = await iggy.print('context use here', contexts);
    assert.equal(printed, "active context set to 'here'");
    assert.deepEqual(await names(contexts), ['default', 'here*']);
    const shown = await iggy.properties('me', { ...contexts, connection: [] });
    assert.equal(shown['User ID'], '0');
  });

  it('refuses a missing context', async () => {
    await iggy.fail('context use none', /context key 'none' is missing/, freshContexts());
  });
});

describe('context delete', () => {
  it('removes a context, and goes back to the default', async () => {
    const contexts = freshContexts();
    await iggy.print('context create removed', contexts);
    await iggy.print('context use removed', contexts);
    const printed = await iggy.print('context delete removed', contexts);
    assert.equal(printed, "context 'removed' deleted successfully");
    assert.deepEqual(await names(contexts), ['default*']);
  });

  it('refuses a missing context and the default', async () => {
    const contexts = freshContexts();
    await iggy.fail('context delete none', /context 'none' not found/, contexts);
    await iggy.fail('context delete default', /cannot delete the 'default' context/, contexts);
  });
});
