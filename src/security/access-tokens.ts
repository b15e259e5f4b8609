import { createHash, randomUUID } from 'node:crypto';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { jwtsRememberedMax } from '../wire/limits.ts';
import type { JwtKeys } from './jwt-keys.ts';

/** How access tokens are made and checked. */
export interface AccessTokenSettings {
  readonly algorithm: string;
  readonly keys: JwtKeys;
  readonly issuer: string;
  readonly audience: string;
  readonly validIssuers: readonly string[];
  readonly validAudiences: readonly string[];
  /** `Infinity` is some 30 years. */
  readonly expiryMs: number;
  readonly clockSkewMs: number;
  readonly notBeforeMs: number;
  readonly trustedIssuers: readonly TrustedIssuer[];
}

/** Somebody else whose tokens are accepted. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly audience: string;
  /** Where the public keys are, as a JSON Web Key Set. */
  readonly jwksUrl: string;
  /** The user that the caller becomes. */
  readonly userId: number;
}

/** What a token that holds says. */
export interface CheckedToken {
  /** Unique among the tokens of everybody. */
  readonly id: string;
  readonly userId: number;
  /** Seconds since the epoch; 0 where the token does not say it. */
  readonly issuedAt: number;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** Signed here, and not by a trusted issuer. */
  readonly isOwn: boolean;
}

type Jose = typeof import('jose');

const MS_PER_SECOND = 1000;
/** The reference's idea of never. */
const NEVER_SECONDS = 1_000_000_000;
const USER_ID = /^\d{1,10}$/;
/** Of trusted issuers; never HMAC, whose secret would be public. */
const foreignAlgorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/**
 * Makes and checks access tokens (JSON Web Tokens). Checked ones are remembered, so that a caller
 * pays for the signature once. Whether a token was revoked is not known here.
 */
export class AccessTokens {
  readonly #settings: AccessTokenSettings;
  readonly #issuers: ReadonlyMap<string, TrustedIssuer>;
  readonly #keySets = new Map<TrustedIssuer, JWTVerifyGetKey>();
  /** The one that was used longest ago first. */
  readonly #checked = new Map<string, CheckedToken>();
  #jose: Promise<Jose> | undefined;

  constructor(settings: AccessTokenSettings) {
    this.#settings = settings;
    const { trustedIssuers } = settings;
    this.#issuers = new Map(trustedIssuers.map((issuer) => [comparable(issuer.issuer), issuer]));
  }

  /** A new token of a user, and when it expires in seconds since the epoch. */
  async issue(userId: number): Promise<{ readonly token: string; readonly expiresAt: number }> {
    const { algorithm, keys, issuer, audience, expiryMs, notBeforeMs } = this.#settings;
    const { SignJWT } = await this.#load();
    const now = nowSeconds();
    const lifetime = Number.isFinite(expiryMs) ? expiryMs / MS_PER_SECOND : NEVER_SECONDS;
    const expiresAt = now + Math.max(1, Math.round(lifetime));
    const token = await new SignJWT()
      .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
      .setJti(randomUUID())
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(String(userId))
      .setIssuedAt(now)
      .setNotBefore(now + Math.round(notBeforeMs / MS_PER_SECOND))
      .setExpirationTime(expiresAt)
      .sign(keys.signing);
    return { token, expiresAt };
  }

  /** What a token says, undefined when it does not hold. */
  check(token: string): CheckedToken | undefined | Promise<CheckedToken | undefined> {
    const known = this.#checked.get(token);
    if (known === undefined) return this.#checkAnew(token);
    this.#checked.delete(token);
    if (this.expiresInMs(known) <= 0) return undefined;
    this.#checked.set(token, known);
    return known;
  }

  /** How long a token holds, in milliseconds; 0 or less when it has expired. */
  expiresInMs({ expiresAt }: CheckedToken): number {
    const { clockSkewMs } = this.#settings;
    return expiresAt * MS_PER_SECOND + clockSkewMs - nowSeconds() * MS_PER_SECOND;
  }

  async #checkAnew(token: string): Promise<CheckedToken | undefined> {
    const jose = await this.#load();
    try {
      const checked =
        (await this.#checkForeign(jose, token)) ?? (await this.#checkOwn(jose, token));
      if (checked !== undefined) this.#remember(token, checked);
      return checked;
    } catch (error) {
      if (error instanceof jose.errors.JOSEError) return undefined;
      throw error;
    }
  }

  async #checkOwn({ jwtVerify }: Jose, token: string): Promise<CheckedToken | undefined> {
    const { algorithm, keys, validIssuers, validAudiences, clockSkewMs } = this.#settings;
    const { payload } = await jwtVerify(token, keys.checking, {
      algorithms: [algorithm],
      issuer: [...validIssuers],
      audience: [...validAudiences],
      clockTolerance: clockSkewMs / MS_PER_SECOND,
      requiredClaims: ['jti', 'sub', 'exp', 'iat'],
    });
    const { sub = '', jti = '' } = payload;
    return USER_ID.test(sub) ? checkedToken(payload, jti, Number(sub), true) : undefined;
  }

  /** Undefined where the token is not one of a trusted issuer, or its key is not known. */
  async #checkForeign(jose: Jose, token: string): Promise<CheckedToken | undefined> {
    if (this.#issuers.size === 0) return undefined;
    const trusted = this.#issuers.get(comparable(jose.decodeJwt(token).iss ?? ''));
    if (trusted === undefined || jose.decodeProtectedHeader(token).kid === undefined) {
      return undefined;
    }
    try {
      const { payload } = await jose.jwtVerify(token, this.#keySet(jose, trusted), {
        algorithms: foreignAlgorithms,
        audience: trusted.audience,
        clockTolerance: this.#settings.clockSkewMs / MS_PER_SECOND,
        requiredClaims: ['exp'],
      });
      const id = payload.jti ?? createHash('sha256').update(token).digest('hex');
      return checkedToken(payload, `${trusted.issuer} ${id}`, trusted.userId, false);
    } catch (error) {
      if (error instanceof jose.errors.JWKSNoMatchingKey) return undefined;
      throw error;
    }
  }

  #keySet(jose: Jose, issuer: TrustedIssuer): JWTVerifyGetKey {
    let keySet = this.#keySets.get(issuer);
    if (keySet === undefined) {
      keySet = jose.createRemoteJWKSet(new URL(issuer.jwksUrl));
      this.#keySets.set(issuer, keySet);
    }
    return keySet;
  }

  #remember(token: string, checked: CheckedToken): void {
    this.#checked.set(token, checked);
    if (this.#checked.size <= jwtsRememberedMax) return;
    const [oldest] = this.#checked.keys();
    this.#checked.delete(oldest);
  }

  /** The library is loaded for the first caller who logs in, and not at the start. */
  #load(): Promise<Jose> {
    this.#jose ??= import('jose');
    return this.#jose;
  }
}

function checkedToken(
  { iat = 0, exp = 0 }: JWTPayload,
  id: string,
  userId: number,
  isOwn: boolean,
): CheckedToken {
  return { id, userId, issuedAt: iat, expiresAt: exp, isOwn };
}

/** Issuers are compared as addresses: scheme and host in any case, the path as it is. */
function comparable(issuer: string): string {
  const match = /^([a-z][\w+.-]*:\/\/[^/]*)(.*)$/i.exec(issuer);
  return match === null ? issuer : `${match[1].toLowerCase()}${match[2]}`;
}

function nowSeconds(): number {
  return Math.floor(Date.now() / MS_PER_SECOND);
}
