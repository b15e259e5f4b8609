import { randomBytes, webcrypto } from 'node:crypto';

/** A certificate and its private key in PEM form. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** The longest time for which all systems take a certificate. */
const VALID_DAYS = 825;
const MS_PER_DAY = 24 * 60 * 60 * 1000;
const SERIAL_BYTES = 16;
const HOST = 'localhost';
const IPV4_LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const IPV6_LOOPBACK = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

const oids = {
  commonName: '2.5.4.3',
  subjectAltName: '2.5.29.17',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;
/** Kinds of names in a certificate (RFC 5280, section 4.2.1.6). */
const nameTypes = { dns: 2, ip: 7 } as const;

/**
 * Makes a self-signed ECDSA P-256 certificate for localhost, 127.0.0.1 and ::1 that is valid for
 * 825 days from now. The libraries for it are large and hardly ever needed: they are loaded here.
 */
export async function makeSelfSigned(nowMs = Date.now()): Promise<KeyPair> {
  const curve = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
  const certificate = await unsigned(nowMs);
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey);
  await certificate.sign(keys.privateKey, 'SHA-256');
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    cert: pem('CERTIFICATE', certificate.toSchema(true).toBER()),
    key: pem('PRIVATE KEY', key),
  };
}

async function unsigned(nowMs: number) {
  const { Integer, Utf8String } = await import('asn1js');
  const { AttributeTypeAndValue, Certificate, ExtKeyUsage } = await import('pkijs');
  const certificate = new Certificate();
  certificate.version = 2;
  // A leading byte that is neither zero nor negative keeps the number at its length.
  certificate.serialNumber = new Integer({
    valueHex: Uint8Array.of(1, ...randomBytes(SERIAL_BYTES)).buffer,
  });
  for (const { typesAndValues } of [certificate.issuer, certificate.subject]) {
    const value = new Utf8String({ value: HOST });
    typesAndValues.push(new AttributeTypeAndValue({ type: oids.commonName, value }));
  }
  certificate.notBefore.value = new Date(nowMs);
  certificate.notAfter.value = new Date(nowMs + VALID_DAYS * MS_PER_DAY);
  certificate.extensions = [
    await extension(oids.subjectAltName, await alternativeNames()),
    await extension(oids.extendedKeyUsage, new ExtKeyUsage({ keyPurposes: [oids.serverAuth] })),
  ];
  return certificate;
}

async function alternativeNames() {
  const { OctetString } = await import('asn1js');
  const { GeneralName, GeneralNames } = await import('pkijs');
  const addresses = [IPV4_LOOPBACK, IPV6_LOOPBACK].map(({ buffer }) => {
    const value = new OctetString({ valueHex: buffer });
    return new GeneralName({ type: nameTypes.ip, value });
  });
  const host = new GeneralName({ type: nameTypes.dns, value: HOST });
  return new GeneralNames({ names: [host, ...addresses] });
}

async function extension(extnID: string, content: { toSchema(): { toBER(): ArrayBuffer } }) {
  const { Extension } = await import('pkijs');
  return new Extension({ extnID, extnValue: content.toSchema().toBER() });
}

function pem(label: string, bytes: ArrayBuffer): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
