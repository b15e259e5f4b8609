import { generateKeyPair, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError, type JwtConfig } from '../../config/config.ts';
import type { Cipher } from '../encryption/cipher.ts';
import {
  isSymmetric,
  JwtKeyError,
  type JwtKeys,
  type JwtSecrets,
  makeJwtKeys,
} from '../security/jwt-keys.ts';
import { fileProblem, writePrivately } from './private-file.ts';

const SECRET_BYTES = 48;
const RSA_BITS = 2048;
const PRIVATE_FOLDER = 0o700;

/** Names of the configuration for the parts of a key. */
const keyNames = {
  encoding: 'http.jwt.encoding_secret',
  decoding: 'http.jwt.decoding_secret',
} as const;

/**
 * The keys of access tokens: those of the configuration, or of its own, which it makes and keeps.
 * Rejects with a `ConfigError` that names the configuration key or the file.
 */
export async function loadAccessTokenKeys(
  jwt: JwtConfig,
  dataDir: string,
  cipher: Cipher | undefined,
): Promise<JwtKeys> {
  const { algorithm, encodingSecret: encoding, decodingSecret: decoding } = jwt;
  if (encoding === '' && decoding === '') return keptKeys(algorithm, dataDir, cipher);
  if (encoding === '' && !isSymmetric(algorithm)) {
    throw new ConfigError([`${keyNames.encoding} is empty, but ${keyNames.decoding} is not.`]);
  }
  return keysOf(algorithm, { encoding, decoding, isBase64: jwt.useBase64Secret });
}

function keysOf(algorithm: string, secrets: JwtSecrets): JwtKeys {
  try {
    return makeJwtKeys(algorithm, secrets);
  } catch (error) {
    if (!(error instanceof JwtKeyError)) throw error;
    throw new ConfigError([`${keyNames[error.part]} (not shown) ${error.message}.`]);
  }
}

async function keptKeys(
  algorithm: string,
  dataDir: string,
  cipher: Cipher | undefined,
): Promise<JwtKeys> {
  const folder = join(dataDir, 'http');
  const file = join(folder, `jwt_${algorithm.toLowerCase()}.key`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
    const secret = Buffer.from(await makeSecret(algorithm));
    writePrivately(file, cipher === undefined ? secret : cipher.encrypt(secret));
  }
  return makeJwtKeys(algorithm, {
    encoding: readKept(file, cipher),
    decoding: '',
    isBase64: isSymmetric(algorithm),
  });
}

function readKept(file: string, cipher: Cipher | undefined): string {
  const kept = readFileSync(file);
  const secret = cipher === undefined ? kept : cipher.decrypt(kept);
  if (secret === undefined) {
    throw fileProblem('system.encryption.key', file, 'was not written with this key');
  }
  return secret.toString('latin1');
}

async function makeSecret(algorithm: string): Promise<string> {
  if (isSymmetric(algorithm)) return randomBytes(SECRET_BYTES).toString('base64');
  const { privateKey } = await makePair(algorithm);
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

function makePair(algorithm: string) {
  const make = promisify(generateKeyPair);
  if (algorithm === 'EdDSA') return make('ed25519');
  if (algorithm === 'ES256') return make('ec', { namedCurve: 'P-256' });
  if (algorithm === 'ES384') return make('ec', { namedCurve: 'P-384' });
  return make('rsa', { modulusLength: RSA_BITS });
}
