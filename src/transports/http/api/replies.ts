import { printJson } from '../json.ts';
import type { Reply } from './operation.ts';

/** Content type of JSON. */
export const JSON_TYPE = 'application/json';

/** A value as JSON. */
export function ok(value: unknown, status = 200): Reply {
  return { status, contentType: JSON_TYPE, body: printJson(value) };
}

/** A text. */
export function okText(text: string): Reply {
  return { status: 200, contentType: 'text/plain; charset=utf-8', body: text };
}

/** It is done, and there is nothing to tell. */
export function done(): Reply {
  return { status: 204 };
}

/** It is made, and there is nothing to tell. */
export function made(): Reply {
  return { status: 201, body: '' };
}
