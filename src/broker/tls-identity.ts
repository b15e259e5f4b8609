import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsConfig } from '../../config/config.ts';
import { type KeyPair, makeSelfSigned } from '../security/self-signed.ts';
import type { TlsIdentity } from '../transports/tcp/tls-acceptor.ts';
import { fileProblem, readConfigured, warnIfPublic } from './private-file.ts';

const CLIENT_CA_KEY = 'tcp.tls.client_ca_file';
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
/** A certificate that was made here is replaced when it is not valid for that much longer. */
const RENEWAL_MS = 30 * 24 * 60 * 60 * 1000;

/** What a broker shows, and whether it made that itself. */
export interface LoadedIdentity {
  readonly identity: TlsIdentity;
  /** Path of the self-signed certificate: what clients have to trust. */
  readonly selfSignedFile: string | undefined;
}

/** Reads and checks what `tcp.tls` names, see `loadIdentity`. */
export async function loadTlsIdentity(
  tls: TlsConfig,
  dataDir: string,
  warn: (message: string) => void,
): Promise<LoadedIdentity> {
  const clientCa = tls.clientAuth === 'none' ? undefined : readClientCa(tls.clientCaFile);
  const { identity, selfSignedFile } = await loadIdentity('tcp.tls', tls, dataDir, warn);
  return { identity: { ...identity, clientCa }, selfSignedFile };
}

/**
 * Reads and checks the certificate that the keys below `section` name; without a certificate file,
 * takes the self-signed one of the data directory or makes it. Rejects with a `ConfigError` that
 * names file and key.
 */
export async function loadIdentity(
  section: string,
  files: KeyPairFiles & Pick<TlsConfig, 'selfSigned'>,
  dataDir: string,
  warn: (message: string) => void,
): Promise<LoadedIdentity> {
  if (existsSync(files.certFile) || !files.selfSigned) {
    return { identity: readOwn(section, files, warn), selfSignedFile: undefined };
  }
  const own = selfSignedFiles(dataDir);
  const kept = readKept(own) ?? (await makeAndKeep(own, warn));
  return { identity: kept, selfSignedFile: own.certFile };
}

type KeyPairFiles = Pick<TlsConfig, 'certFile' | 'keyFile'>;

function selfSignedFiles(dataDir: string): KeyPairFiles {
  const file = (name: string) => join(dataDir, 'tls', `self_signed_${name}.pem`);
  return { certFile: file('cert'), keyFile: file('key') };
}

function readOwn(
  section: string,
  { certFile, keyFile }: KeyPairFiles,
  warn: (message: string) => void,
): KeyPair {
  const certKey = `${section}.cert_file`;
  const keyKey = `${section}.key_file`;
  const cert = readConfigured(certKey, certFile);
  const key = readConfigured(keyKey, keyFile);
  const certificate = parsed(certKey, certFile, 'holds no certificate in PEM form', () => {
    const [first] = certificatesIn(cert);
    return first;
  });
  const privateKey = parsed(keyKey, keyFile, 'holds no unencrypted private key in PEM form', () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    const reason = `holds a key that does not belong to the certificate of ${certKey}`;
    throw fileProblem(keyKey, keyFile, `${reason}, ${certFile}`);
  }
  warnIfPublic(keyKey, keyFile, warn);
  if (expiryMs(certificate) < Date.now()) {
    warn(`The certificate ${certFile} (${certKey}) has expired: ${certificate.validTo}.`);
  }
  return { cert, key };
}

function readClientCa(file: string): string {
  const text = readConfigured(CLIENT_CA_KEY, file);
  parsed(CLIENT_CA_KEY, file, 'holds no certificates in PEM form', () => certificatesIn(text));
  return text;
}

/** The certificates of a text in PEM form, at least one. */
function certificatesIn(text: string): X509Certificate[] {
  const found = text.match(PEM_CERTIFICATE) ?? [text];
  return found.map((pem) => new X509Certificate(pem));
}

/** What an earlier start has made, unless it is missing, unusable or too old. */
function readKept({ certFile, keyFile }: KeyPairFiles): KeyPair | undefined {
  try {
    const [cert, key] = [certFile, keyFile].map((file) => readFileSync(file, 'utf8'));
    const certificate = new X509Certificate(cert);
    const isValid = expiryMs(certificate) - RENEWAL_MS > Date.now();
    return isValid && certificate.checkPrivateKey(createPrivateKey(key))
      ? { cert, key }
      : undefined;
  } catch {
    return undefined;
  }
}

async function makeAndKeep(files: KeyPairFiles, warn: (message: string) => void) {
  const made = await makeSelfSigned();
  mkdirSync(join(files.certFile, '..'), { recursive: true, mode: PRIVATE_FOLDER });
  replace(files.keyFile, made.key);
  replace(files.certFile, made.cert);
  warn(
    `Made a self-signed certificate for localhost, which clients have to trust: ${files.certFile}`,
  );
  return made;
}

/** Whoever reads the file finds the old text or the new one, and only its owner can read it. */
function replace(file: string, text: string): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, text, { mode: PRIVATE_FILE, flush: true });
  renameSync(fresh, file);
}

function expiryMs({ validTo }: X509Certificate): number {
  return Date.parse(validTo);
}

function parsed<Value>(key: string, file: string, reason: string, parse: () => Value): Value {
  try {
    return parse();
  } catch {
    throw fileProblem(key, file, reason);
  }
}
