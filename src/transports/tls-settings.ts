/** What a listener shows and checks in TLS handshakes, each in PEM form. */
export interface TlsIdentity {
  /** Certificate of the broker, those of intermediate authorities behind it. */
  readonly cert: string;
  readonly key: string;
  /** Certificates of the authorities that sign those of clients; absent when none is asked for. */
  readonly clientCa?: string;
}

/** How a listener speaks TLS. */
export interface TlsSettings {
  readonly identity: TlsIdentity;
  /** Whether clients are asked for a certificate, and whether they must have one. */
  readonly clientAuth: 'none' | 'optional' | 'required';
  readonly handshakeTimeoutMs: number;
}

/** What Node.js makes the keys of handshakes from. */
export function secureContext({ cert, key, clientCa }: TlsIdentity) {
  return { cert, key, ca: clientCa, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } as const;
}
