import { FormatError } from './format-error.ts';
import type { Table } from './nest.ts';

/** Somebody else whose tokens are accepted. */
export interface TrustedIssuer {
  /** What the tokens say in `iss`. */
  readonly issuer: string;
  /** What they say in `aud`. */
  readonly audience: string;
  /** Where the public keys are, as a JSON Web Key Set. */
  readonly jwksUrl: string;
  /** The user that the caller becomes; never 0, the root user. */
  readonly userId: number;
}

const USER_ID_MAX = 2 ** 32 - 1;
const columns = ['issuer', 'audience', 'jwks_url', 'user_id'];

/**
 * A list of tables, or the same as JSON.
 * @throws FormatError that names the row and what is wrong with it.
 */
export function parseTrustedIssuers(raw: unknown): readonly TrustedIssuer[] {
  const rows = typeof raw === 'string' ? parseJson(raw) : raw;
  if (!Array.isArray(rows)) throw new FormatError('must be a list of tables');
  return rows.map(parseRow);
}

/** The tables that `parseTrustedIssuers` reads back. */
export function printTrustedIssuers(issuers: readonly TrustedIssuer[]): readonly Table[] {
  return issuers.map(({ issuer, audience, jwksUrl, userId }) => ({
    issuer,
    audience,
    jwks_url: jwksUrl,
    user_id: userId,
  }));
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return [];
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError('must be a list of tables');
  }
}

function parseRow(row: unknown, index: number): TrustedIssuer {
  if (typeof row !== 'object' || row === null) throw new FormatError('must be a list of tables');
  const table = row as Table;
  const unknown = Object.keys(table).find((name) => !columns.includes(name));
  if (unknown !== undefined) {
    throw new FormatError(
      `must not have ${unknown} in row ${index}: it takes ${columns.join(', ')}`,
    );
  }
  const userId = Number(table.user_id);
  if (!Number.isInteger(userId) || userId < 1 || userId > USER_ID_MAX) {
    throw new FormatError(`must have a user_id of 1 to ${USER_ID_MAX} in row ${index}`);
  }
  return {
    issuer: textOf(table, 'issuer', index),
    audience: textOf(table, 'audience', index),
    jwksUrl: webAddressOf(table, 'jwks_url', index),
    userId,
  };
}

function textOf(table: Table, name: string, index: number): string {
  const text = table[name];
  if (typeof text === 'string' && text.trim() !== '') return text.trim();
  throw new FormatError(`must have a text as ${name} in row ${index}`);
}

function webAddressOf(table: Table, name: string, index: number): string {
  const text = textOf(table, name, index);
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new FormatError(`must have an http or https address as ${name} in row ${index}`);
}
