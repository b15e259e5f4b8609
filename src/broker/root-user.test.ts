import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Catalog } from '../catalog/catalog.ts';
import { ROOT_USER_ID } from '../catalog/state.ts';
import { Passwords } from '../security/password.ts';
import { ensureRootUser } from './root-user.ts';

describe('the password of the root user', () => {
  const passwords = new Passwords();
  let folder: string;
  let catalog: Catalog;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'veltro-root-'));
    catalog = await Catalog.open(folder, false);
  });

  afterEach(async () => {
    await catalog.close();
    rmSync(folder, { recursive: true });
  });

  function storedHash(): string {
    return catalog.users.find(ROOT_USER_ID)!.passwordHash;
  }

  it('is hashed slowly when somebody has chosen it', async () => {
    const chosen = { username: 'iggy', password: 'a secret' };
    assert.equal(await ensureRootUser(catalog, passwords, chosen), undefined);
    assert.match(storedHash(), /^scrypt\$16384\$8\$3\$/);
  });

  it('is hashed quickly when everybody knows it', async () => {
    const known = { username: 'admin', password: 'iggy' };
    assert.equal(await ensureRootUser(catalog, passwords, known), undefined);
    assert.match(storedHash(), /^scrypt\$1024\$4\$1\$/);
    assert.equal(await new Passwords().verify('iggy', storedHash()), true);
  });

  it('is hashed quickly when it is made up, and told once', async () => {
    const password = await ensureRootUser(catalog, passwords, undefined);
    assert.match(password!, /^[A-Za-z2-9]{24}$/);
    assert.match(storedHash(), /^scrypt\$1024\$4\$1\$/);
    assert.equal(await new Passwords().verify(password!, storedHash()), true);
    assert.equal(await ensureRootUser(catalog, passwords, undefined), undefined);
  });
});
