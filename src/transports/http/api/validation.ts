import * as v from 'valibot';
import { type ApiError, malformed } from '../errors.ts';
import { parseJson } from '../json.ts';

/** Values longer than this are not repeated in an error. */
const SHOWN_CHARACTERS_MAX = 60;

/**
 * What a schema makes of a value. Throws an `ApiError` for the first thing that does not fit:
 * status 422 for a wrong type, 400 for a value that cannot be, always 400 in paths and queries.
 */
export function readBy<Output>(
  schema: v.GenericSchema<unknown, Output>,
  value: unknown,
  where: 'the body' | 'the path' | 'the query' | 'the headers' | `line ${number}` | string,
): Output {
  const result = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output;
  throw mistake(result.issues[0], where);
}

/** What a schema makes of a JSON body; throws the same, and an `ApiError` for what is no JSON. */
export function readJson<Output>(schema: v.GenericSchema<unknown, Output>, bytes: Buffer): Output {
  let value: unknown;
  try {
    value = parseJson(bytes.toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw malformed(400, 'The body is no JSON.');
  }
  return readBy(schema, value, 'the body');
}

function mistake(issue: v.BaseIssue<unknown>, where: string): ApiError {
  const field = v.getDotPath(issue) ?? undefined;
  const isText = ['the path', 'the query', 'the headers'].includes(where);
  const httpStatus = issue.kind === 'schema' && issue.type !== 'custom' && !isText ? 422 : 400;
  const subject = field === undefined ? capitalized(where) : `${field} in ${where}`;
  return malformed(httpStatus, `${subject} ${complaint(issue)}.`, field);
}

function complaint({ input, message, expected }: v.BaseIssue<unknown>): string {
  if (input === undefined) return 'is missing';
  const rule = message.startsWith('must ') ? message : `must be ${expected ?? 'something else'}`;
  const isShown = typeof input === 'number' || typeof input === 'bigint';
  return isShown && String(input).length <= SHOWN_CHARACTERS_MAX
    ? `is ${input}, but it ${rule}`
    : rule;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
