import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, TlsConfig } from '../../config/config.ts';
import { type KeyPair, makeSelfSigned } from '../security/self-signed.ts';
import type { TlsIdentity } from '../transports/tls-settings.ts';
import { fileProblem, readConfigured, warnIfPublic, writePrivately } from './private-file.ts';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PRIVATE_FOLDER = 0o700;
/** A certificate that was made here is replaced when it is not valid for that much longer. */
const RENEWAL_MS = 30 * 24 * 60 * 60 * 1000;

/** What a broker shows, and whether it made that itself. */
export interface LoadedIdentity {
  readonly identity: TlsIdentity;
  /** Path of the self-signed certificate: what clients have to trust. */
  readonly selfSignedFile: string | undefined;
}

/** What each transport shows that speaks TLS. */
export interface Identities {
  readonly tcp?: LoadedIdentity;
  readonly quic?: LoadedIdentity;
  readonly http?: LoadedIdentity;
  readonly websocket?: LoadedIdentity;
}

/** Loads the identities of all transports that are on and speak TLS, as `loadTlsIdentity` does. */
export async function loadIdentities(
  { system, tcp, quic, http, websocket }: Config,
  warn: (message: string) => void,
): Promise<Identities> {
  const load = (isWanted: boolean, name: string, tls: IdentityFiles) =>
    isWanted ? loadTlsIdentity({ name, tls }, system.path, warn) : undefined;
  const isWebSocketSecure = websocket.enabled && websocket.tls.enabled;
  // One after the other: all may make the same certificate.
  return {
    tcp: await load(tcp.enabled && tcp.tls.enabled, 'tcp.tls', tcp.tls),
    quic: await load(quic.enabled, 'quic.certificate', quic.certificate),
    http: await load(http.enabled && http.tls.enabled, 'http.tls', http.tls),
    websocket: await load(isWebSocketSecure, 'websocket.tls', websocket.tls),
  };
}

/** What clients put behind the address to trust a certificate that was made here; else nothing. */
export function trustQuery({ selfSignedFile }: LoadedIdentity): string {
  if (selfSignedFile === undefined) return '';
  // The name is given because the broker may listen on an address that is not in a certificate.
  return `?tlsCaFile=${encodeURIComponent(selfSignedFile)}&tlsServerName=localhost`;
}

type KeyPairFiles = Pick<TlsConfig, 'certFile' | 'keyFile'>;

/** Where a certificate is; clients are asked for none unless `clientAuth` says so. */
export type IdentityFiles = KeyPairFiles &
  Pick<TlsConfig, 'selfSigned'> &
  Partial<Pick<TlsConfig, 'clientAuth' | 'clientCaFile'>>;

/** A section of the configuration that names a certificate, with its name. */
export interface TlsSection {
  /** Such as `tcp.tls`. */
  readonly name: string;
  readonly tls: IdentityFiles;
}

/**
 * Reads and checks what a section names; without a certificate file, takes the self-signed one of
 * the data directory or makes it. Rejects with a `ConfigError` that names file and key.
 */
export async function loadTlsIdentity(
  section: TlsSection,
  dataDir: string,
  warn: (message: string) => void,
): Promise<LoadedIdentity> {
  const { tls } = section;
  const { clientAuth = 'none', clientCaFile = '' } = tls;
  const clientCa = clientAuth === 'none' ? undefined : readClientCa(section.name, clientCaFile);
  if (existsSync(tls.certFile) || !tls.selfSigned) {
    return { identity: { ...readOwn(section, warn), clientCa }, selfSignedFile: undefined };
  }
  const files = selfSignedFiles(dataDir);
  const kept = readKept(files) ?? (await makeAndKeep(files, warn));
  return { identity: { ...kept, clientCa }, selfSignedFile: files.certFile };
}

function selfSignedFiles(dataDir: string): KeyPairFiles {
  const file = (name: string) => join(dataDir, 'tls', `self_signed_${name}.pem`);
  return { certFile: file('cert'), keyFile: file('key') };
}

function readOwn({ name, tls }: TlsSection, warn: (message: string) => void): KeyPair {
  const { certFile, keyFile } = tls;
  const [certKey, keyKey] = [`${name}.cert_file`, `${name}.key_file`];
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

function readClientCa(name: string, file: string): string {
  const caKey = `${name}.client_ca_file`;
  const text = readConfigured(caKey, file);
  parsed(caKey, file, 'holds no certificates in PEM form', () => certificatesIn(text));
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
  writePrivately(files.keyFile, made.key);
  writePrivately(files.certFile, made.cert);
  warn(
    `Made a self-signed certificate for localhost, which clients have to trust: ${files.certFile}`,
  );
  return made;
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
