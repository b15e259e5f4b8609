import type { Header, HostRequest } from './host/host.ts';

/** Which pages of other origins may call from a browser, and how. */
export interface CorsSettings {
  readonly enabled: boolean;
  readonly allowedMethods: readonly string[];
  /** `*` in the first place is any. */
  readonly allowedOrigins: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly allowPrivateNetwork: boolean;
}

const ANY = '*';

/** What is answered to pages of other origins. */
export class Cors {
  readonly #settings: CorsSettings;
  readonly #takesAny: boolean;

  constructor(settings: CorsSettings) {
    this.#settings = settings;
    this.#takesAny = settings.allowedOrigins[0] === ANY;
  }

  /** Headers of every answer to a page of another origin; none to others. */
  headers(request: HostRequest): readonly Header[] {
    const origin = request.header('origin');
    if (!this.#settings.enabled || origin === undefined) return [];
    const { allowedOrigins, exposedHeaders, allowCredentials } = this.#settings;
    const headers: Header[] = [['vary', 'origin']];
    if (!this.#takesAny && !allowedOrigins.includes(origin)) return headers;
    headers.push(['access-control-allow-origin', this.#takesAny ? ANY : origin]);
    if (allowCredentials) headers.push(['access-control-allow-credentials', 'true']);
    if (exposedHeaders.length > 0) {
      headers.push(['access-control-expose-headers', exposedHeaders.join(',')]);
    }
    return headers;
  }

  /** What a browser is told that asks before it calls; undefined for all other requests. */
  preflight(request: HostRequest): readonly Header[] | undefined {
    const asksFirst = request.header('access-control-request-method') !== undefined;
    if (!this.#settings.enabled || request.method !== 'OPTIONS' || !asksFirst) return undefined;
    const { allowedMethods, allowedHeaders, allowPrivateNetwork } = this.#settings;
    const headers: Header[] = [
      ...this.headers(request),
      ['access-control-allow-methods', allowedMethods.join(',')],
      ['access-control-allow-headers', allowedHeaders.join(',')],
    ];
    const asksPrivate = request.header('access-control-request-private-network') === 'true';
    if (allowPrivateNetwork && asksPrivate) {
      headers.push(['access-control-allow-private-network', 'true']);
    }
    return headers;
  }
}
