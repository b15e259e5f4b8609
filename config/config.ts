import type { Acknowledgement } from '../src/wire/acknowledgement.ts';
import type { Address } from './address.ts';
import type { Network } from './networks.ts';
import type { TrustedIssuer } from './trusted-issuers.ts';

/** User name and password that the root user gets at the first start. */
export interface RootCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * The effective configuration: every value resolved and checked. The unit is the end of the name;
 * what each key means stands in `docs/reference/configuration.md`.
 */
export interface Config {
  readonly system: SystemConfig;
  readonly dataMaintenance: {
    readonly messages: { readonly cleanerEnabled: boolean; readonly intervalMs: number };
  };
  readonly consumerGroup: {
    readonly rebalancingTimeoutMs: number;
    readonly rebalancingCheckIntervalMs: number;
  };
  /** 0 answers every poll at once. */
  readonly polling: { readonly waitMsMax: number };
  readonly heartbeat: { readonly enabled: boolean; readonly intervalMs: number };
  readonly loginLimit: {
    readonly enabled: boolean;
    readonly failuresPerAddress: number;
    readonly failuresPerUser: number;
    readonly periodMs: number;
  };
  readonly loadBalancer: { readonly trusted: readonly Network[]; readonly drainDelayMs: number };
  readonly telemetry: TelemetryConfig;
  readonly tcp: TcpConfig;
  readonly http: HttpConfig;
  readonly quic: QuicConfig;
  readonly websocket: WebSocketConfig;
  /** Undefined when none are given: the broker then makes a password at its first start. */
  readonly rootCredentials: RootCredentials | undefined;
  /** Sentences for the log about settings that were ignored. */
  readonly warnings: readonly string[];
}

/** Everything below `system` in the configuration file. */
export interface SystemConfig {
  /** Absolute path of the data directory. */
  readonly path: string;
  readonly shutdownTimeoutMs: number;
  /** Name of the folder below the data directory. */
  readonly runtime: { readonly path: string };
  readonly logging: {
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
    readonly format: 'pretty' | 'json';
  };
  readonly state: { readonly enforceFsync: boolean };
  /** Name of the folder below the data directory. */
  readonly stream: { readonly path: string };
  readonly topic: {
    /** Name of the folder below a stream. */
    readonly path: string;
    /** `Infinity` is unlimited. */
    readonly maxSizeBytes: number;
    /** `Infinity` is never. */
    readonly messageExpiryMs: number;
  };
  readonly partition: {
    /** Name of the folder below a topic. */
    readonly path: string;
    readonly acknowledgement: Acknowledgement;
    /** The same as `synced`, which it outweighs. */
    readonly enforceFsync: boolean;
    readonly syncIntervalMs: number;
    readonly validateChecksum: boolean;
  };
  readonly messageDeduplication: {
    readonly enabled: boolean;
    readonly maxEntries: number;
    /** 0 is never. */
    readonly expiryMs: number;
  };
  readonly encryption: {
    readonly enabled: boolean;
    /** Base64 of 32 bytes, or empty. A secret. */
    readonly key: string;
    /** Absolute path, or empty. */
    readonly keyFile: string;
  };
  readonly segment: { readonly sizeBytes: number; readonly preallocates: boolean };
  readonly memoryPool: { readonly sizeBytes: number };
  readonly sharding: { readonly threads: number; readonly busyPolling: boolean };
}

/** Where one kind of telemetry is exported to, and in which form. */
export interface TelemetryEndpoint {
  readonly transport: 'http' | 'http-json';
  readonly endpoint: string;
}

/** Everything below `telemetry` in the configuration file. */
export interface TelemetryConfig {
  readonly enabled: boolean;
  readonly serviceName: string;
  /** Empty endpoints leave it to the process who gets what. */
  readonly traces: TelemetryEndpoint & { readonly oneIn: number };
  readonly metrics: TelemetryEndpoint & { readonly intervalMs: number };
}

/** Everything below `tcp` in the configuration file. */
export interface TcpConfig {
  readonly enabled: boolean;
  readonly address: Address;
  readonly maxConnections: number;
  readonly maxFrameBytes: number;
  readonly maxRequestsInFlight: number;
  readonly maxResponseBytesInFlight: number;
  readonly frameTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly proxyProtocol: boolean;
  readonly receive: 'auto' | 'copy';
  readonly sendsFiles: boolean;
  readonly socket: { readonly nodelay: boolean };
  readonly tls: TlsConfig;
}

/** Everything below `http` in the configuration file. */
export interface HttpConfig {
  readonly enabled: boolean;
  readonly address: Address;
  readonly maxBodyBytes: number;
  readonly engine: 'auto' | 'node';
  readonly proxyProtocol: boolean;
  readonly forwardedFor: boolean;
  readonly metrics: { readonly enabled: boolean };
  readonly cors: {
    readonly enabled: boolean;
    readonly allowedMethods: readonly string[];
    readonly allowedOrigins: readonly string[];
    readonly allowedHeaders: readonly string[];
    readonly exposedHeaders: readonly string[];
    readonly allowCredentials: boolean;
    readonly allowPrivateNetwork: boolean;
  };
  readonly jwt: JwtConfig;
  readonly tls: TlsConfig;
}

/** Everything below `http.jwt` in the configuration file. */
export interface JwtConfig {
  readonly algorithm: string;
  readonly issuer: string;
  readonly audience: string;
  readonly validIssuers: readonly string[];
  readonly validAudiences: readonly string[];
  /** `Infinity` is never. */
  readonly expiryMs: number;
  readonly clockSkewMs: number;
  readonly notBeforeMs: number;
  /** A secret or a private key in PEM form, or empty. A secret. */
  readonly encodingSecret: string;
  /** A secret or a public key in PEM form, or empty. A secret. */
  readonly decodingSecret: string;
  readonly useBase64Secret: boolean;
  readonly trustedIssuers: readonly TrustedIssuer[];
}

/** Everything below `tls` of a transport in the configuration file; the paths are absolute. */
export interface TlsConfig {
  readonly enabled: boolean;
  readonly selfSigned: boolean;
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientAuth: 'none' | 'optional' | 'required';
  readonly clientCaFile: string;
  readonly handshakeTimeoutMs: number;
}

/** Everything below `quic` in the configuration file; the paths are absolute. */
export interface QuicConfig {
  readonly enabled: boolean;
  readonly address: Address;
  readonly maxConnections: number;
  readonly streamsMax: number;
  readonly windowBytes: number;
  readonly payloadBytes: number;
  /** 0 is never. */
  readonly keepAliveMs: number;
  readonly idleTimeoutMs: number;
  readonly frameTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly certificate: {
    readonly selfSigned: boolean;
    readonly certFile: string;
    readonly keyFile: string;
  };
  readonly socket: { readonly receiveBufferBytes: number; readonly sendBufferBytes: number };
}

/** Everything below `websocket` in the configuration file. */
export interface WebSocketConfig {
  readonly enabled: boolean;
  readonly address: Address;
  readonly maxConnections: number;
  readonly maxMessageBytes: number;
  readonly maxFrameBytes: number;
  readonly acceptsUnmasked: boolean;
  readonly proxyProtocol: boolean;
  readonly tls: TlsConfig;
}

/** The configuration cannot be used; `problems` holds one sentence for each mistake. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
