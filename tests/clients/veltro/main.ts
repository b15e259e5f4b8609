// Drives Veltro's own client as DRIVER.md lays down.
import { createInterface } from 'node:readline';
import { VeltroError } from '../../../src/client/errors.ts';
import { status } from '../../../src/wire/status.ts';
import { NotOffered } from './not-offered.ts';
import { perform } from './perform.ts';

interface Request {
  readonly id: number;
  readonly client: string;
  readonly op: string;
  readonly args: never;
}

/** The result with 64 and more bits as decimal strings. */
function asLine(reply: object): string {
  return JSON.stringify(reply, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

async function answer({ id, client, op, args }: Request): Promise<string> {
  try {
    return asLine({ id, ok: (await perform(client, op, args)) ?? null });
  } catch (error) {
    if (error instanceof NotOffered) return asLine({ id, notOffered: error.message });
    if (!(error instanceof VeltroError)) throw error;
    if (error.code === status.FeatureUnavailable) return asLine({ id, notOffered: error.message });
    return asLine({ id, error: { code: error.code, text: `${error.name}: ${error.message}` } });
  }
}

try {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${await answer(JSON.parse(line) as Request)}\n`);
  }
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(2);
}
