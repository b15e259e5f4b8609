import assert from 'node:assert/strict';
import { createDecipheriv, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encryptionBytes, encryptionKeyBytes } from '../wire/limits.ts';
import { Cipher } from './cipher.ts';

const key = randomBytes(encryptionKeyBytes);
const cipher = new Cipher(key);

describe('A cipher', () => {
  it('gives back what it encrypted, of any length, also empty', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (plain) => {
        const record = cipher.encrypt(plain);
        assert.equal(record.byteLength, plain.byteLength + encryptionBytes);
        assert.deepEqual(cipher.decrypt(record), Buffer.from(plain));
      }),
    );
  });

  it('writes nonce, ciphertext and tag, as AES-256-GCM has them', () => {
    const record = cipher.encrypt(Buffer.from('a payload'));
    const decipher = createDecipheriv('aes-256-gcm', key, record.subarray(0, 12));
    decipher.setAuthTag(record.subarray(-16));
    assert.equal(decipher.update(record.subarray(12, -16)).toString(), 'a payload');
    decipher.final();
  });

  it('reads the published vectors of AES-256-GCM', () => {
    const zeros = new Cipher(Buffer.alloc(32));
    const nonce = '00'.repeat(12);
    const empty = Buffer.from(`${nonce}530f8afbc74536b9a963b4f1c4cb738b`, 'hex');
    assert.deepEqual(zeros.decrypt(empty), Buffer.alloc(0));
    const text = 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919';
    assert.deepEqual(zeros.decrypt(Buffer.from(`${nonce}${text}`, 'hex')), Buffer.alloc(16));
  });

  it('refuses a record in which any bit is another, that is cut, or of another key', () => {
    const record = cipher.encrypt(Buffer.from('something secret'));
    for (let bit = 0; bit < record.byteLength * 8; bit++) {
      const changed = Buffer.from(record);
      changed[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(cipher.decrypt(changed), undefined, `bit ${bit}`);
    }
    for (let length = 0; length < record.byteLength; length++) {
      assert.equal(cipher.decrypt(record.subarray(0, length)), undefined, `${length} bytes`);
    }
    assert.equal(new Cipher(randomBytes(encryptionKeyBytes)).decrypt(record), undefined);
  });

  it('never uses a nonce twice', () => {
    const nonces = new Set<string>();
    for (let i = 0; i < 5000; i++) {
      nonces.add(cipher.encrypt(Buffer.of(1)).subarray(0, 12).toString('hex'));
    }
    assert.equal(nonces.size, 5000);
  });

  it('works on shared memory', () => {
    const shared = Buffer.from(new SharedArrayBuffer(200)).fill(3);
    cipher.encryptInto(shared.subarray(0, 50), shared.subarray(100, 150 + encryptionBytes));
    const record = shared.subarray(100, 150 + encryptionBytes);
    assert.deepEqual(cipher.decrypt(record), Buffer.alloc(50, 3));
  });

  it('takes keys of 32 bytes only', () => {
    for (const length of [0, 16, 31, 33]) {
      assert.throws(() => new Cipher(Buffer.alloc(length)), /A key has 32 bytes, not/);
    }
  });
});
