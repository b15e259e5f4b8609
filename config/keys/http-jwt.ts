import { jwtAlgorithms, timeoutMsMax } from '../../src/wire/limits.ts';
import { type KeyDefinition, since } from './definition.ts';

/** Who issues tokens and for whom, unless the configuration says otherwise. */
const OWN_NAME = 'veltro';

/** Keys of `http.jwt`: the tokens that callers of the REST API log in for. */
export const jwtKeys = [
  {
    key: 'http.jwt.algorithm',
    field: 'http.jwt.algorithm',
    format: 'algorithm',
    choices: jwtAlgorithms,
    default: 'HS256',
    doc:
      'How tokens are signed: with a secret (`HS…`) or with a private key (all others). Only ' +
      'tokens of this algorithm are accepted as own ones.',
    since,
  },
  {
    key: 'http.jwt.issuer',
    field: 'http.jwt.issuer',
    format: 'text',
    default: OWN_NAME,
    doc: 'Who issues the tokens (`iss`).',
    since,
  },
  {
    key: 'http.jwt.audience',
    field: 'http.jwt.audience',
    format: 'text',
    default: OWN_NAME,
    doc: 'Whom the tokens are for (`aud`).',
    since,
  },
  {
    key: 'http.jwt.valid_issuers',
    field: 'http.jwt.validIssuers',
    format: 'list',
    default: [OWN_NAME],
    doc: 'Issuers whose tokens are accepted, signed by the same key.',
    since,
  },
  {
    key: 'http.jwt.valid_audiences',
    field: 'http.jwt.validAudiences',
    format: 'list',
    default: [OWN_NAME],
    doc: 'Audiences whose tokens are accepted.',
    since,
  },
  {
    key: 'http.jwt.access_token_expiry',
    field: 'http.jwt.expiryMs',
    format: 'expiry',
    default: '1 h',
    doc: 'How long a token is valid; `never_expire` makes it valid for some 30 years.',
    since,
  },
  {
    key: 'http.jwt.clock_skew',
    field: 'http.jwt.clockSkewMs',
    format: 'duration',
    default: '5 s',
    max: timeoutMsMax,
    doc: 'How far the clocks of those who issue and check tokens may be apart.',
    since,
  },
  {
    key: 'http.jwt.not_before',
    field: 'http.jwt.notBeforeMs',
    format: 'duration',
    default: '0 s',
    max: timeoutMsMax,
    doc: 'How long after it was issued a token becomes valid.',
    since,
  },
  {
    key: 'http.jwt.encoding_secret',
    field: 'http.jwt.encodingSecret',
    format: 'secret',
    isSecret: true,
    default: '',
    doc:
      'What tokens are signed with: a secret, or a private key in PEM form (PKCS #8). Where this ' +
      'and `http.jwt.decoding_secret` are empty, the broker makes one and keeps it in `http/` ' +
      'below the data directory.',
    since,
  },
  {
    key: 'http.jwt.decoding_secret',
    field: 'http.jwt.decodingSecret',
    format: 'secret',
    isSecret: true,
    default: '',
    doc:
      'What signatures are checked with: the same secret, or the public key in PEM form (SPKI). ' +
      'Empty: it follows from `http.jwt.encoding_secret`.',
    since,
  },
  {
    key: 'http.jwt.use_base64_secret',
    field: 'http.jwt.useBase64Secret',
    format: 'flag',
    default: false,
    doc: 'The secrets of `HS…` algorithms are written in base64.',
    since,
  },
  {
    key: 'http.jwt.trusted_issuers',
    field: 'http.jwt.trustedIssuers',
    format: 'issuers',
    columns: ['issuer', 'audience', 'jwks_url', 'user_id'],
    default: [],
    doc:
      'Others whose tokens are accepted: tables with `issuer` (a URL), `audience`, `jwks_url` ' +
      '(where their public keys are) and `user_id` (the user that the caller becomes, not 0).',
    since,
  },
] as const satisfies readonly KeyDefinition[];
