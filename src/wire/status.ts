import { errorTable } from './error-table.ts';

type Row = (typeof errorTable)[number];
type StatusCodes = { readonly [Entry in Row as Entry[1]]: Entry[0] };

/** Status of a successful response. */
export const STATUS_OK = 0;

/** Status codes by name: `status.StreamIdNotFound` is 1009. */
export const status: StatusCodes = Object.fromEntries(
  errorTable.map(([code, name]) => [name, code]),
) as StatusCodes;

const rowsByCode = new Map<number, Row>(errorTable.map((row) => [row[0], row]));

/** The name of a status code, `Unknown` for codes outside the table. */
export function statusName(code: number): string {
  return rowsByCode.get(code)?.[1] ?? 'Unknown';
}

/** The sentence of a status code, its arguments left as the protocol leaves them: empty. */
export function statusText(code: number): string {
  const text = rowsByCode.get(code)?.[2] ?? `Unknown status ${code}`;
  return text
    .replaceAll(/\{\d+\}/g, '')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
}
