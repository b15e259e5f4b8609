import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';

/** What access tokens are signed with, and what their signatures are checked with. */
export interface JwtKeys {
  readonly signing: KeyObject;
  readonly checking: KeyObject;
}

/** Texts that keys are made from; the second may be empty where it follows from the first. */
export interface JwtSecrets {
  readonly encoding: string;
  readonly decoding: string;
  /** Secrets of HMAC are written in base64. */
  readonly isBase64: boolean;
}

/** What is wrong with a key, as the end of a sentence that begins with its name. */
export class JwtKeyError extends Error {
  readonly part: keyof Omit<JwtSecrets, 'isBase64'>;

  constructor(part: JwtKeyError['part'], reason: string) {
    super(reason);
    this.name = 'JwtKeyError';
    this.part = part;
  }
}

/** Types of keys by the beginnings of the names of algorithms. */
const keyTypes: Readonly<Record<string, string>> = {
  RS: 'rsa',
  PS: 'rsa',
  ES: 'ec',
  Ed: 'ed25519',
};
const curves: Readonly<Record<string, string>> = { ES256: 'prime256v1', ES384: 'secp384r1' };
const RSA_BITS_MIN = 2048;

/** True for algorithms that sign and check with one secret. */
export function isSymmetric(algorithm: string): boolean {
  return algorithm.startsWith('HS');
}

/** The keys of an algorithm. Throws a `JwtKeyError` that does not show them. */
export function makeJwtKeys(algorithm: string, secrets: JwtSecrets): JwtKeys {
  return isSymmetric(algorithm) ? symmetricKeys(secrets) : keyPair(algorithm, secrets);
}

function symmetricKeys({ encoding, decoding, isBase64 }: JwtSecrets): JwtKeys {
  const key = (part: JwtKeyError['part'], text: string) => {
    const bytes = Buffer.from(text, isBase64 ? 'base64' : 'utf8');
    if (bytes.byteLength > 0) return createSecretKey(bytes);
    throw new JwtKeyError(part, isBase64 ? 'is not base64' : 'is empty');
  };
  const signing = key('encoding', encoding === '' ? decoding : encoding);
  return { signing, checking: decoding === '' ? signing : key('decoding', decoding) };
}

function keyPair(algorithm: string, { encoding, decoding }: JwtSecrets): JwtKeys {
  const signing = parsed('encoding', 'is no private key in PEM form', () =>
    createPrivateKey(encoding),
  );
  const checking = parsed('decoding', 'is no public key in PEM form', () =>
    createPublicKey(decoding === '' ? encoding : decoding),
  );
  assertFits('encoding', algorithm, signing);
  assertFits('decoding', algorithm, checking);
  return { signing, checking };
}

function assertFits(part: JwtKeyError['part'], algorithm: string, key: KeyObject): void {
  const { modulusLength = RSA_BITS_MIN, namedCurve } = key.asymmetricKeyDetails ?? {};
  const curve = curves[algorithm];
  const isOfType = key.asymmetricKeyType === keyTypes[algorithm.slice(0, 2)];
  if (!isOfType || (curve !== undefined && namedCurve !== curve)) {
    throw new JwtKeyError(part, `is no key for ${algorithm}`);
  }
  if (modulusLength < RSA_BITS_MIN) {
    throw new JwtKeyError(
      part,
      `has ${modulusLength} bits, but at least ${RSA_BITS_MIN} are needed`,
    );
  }
}

function parsed<Key>(part: JwtKeyError['part'], reason: string, parse: () => Key): Key {
  try {
    return parse();
  } catch {
    throw new JwtKeyError(part, reason);
  }
}
