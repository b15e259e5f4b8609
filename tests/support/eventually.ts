import { setTimeout as delay } from 'node:timers/promises';

/** Far more than anything takes: it only keeps a broken broker from hanging a test for ever. */
const DEADLINE_MS = 60_000;
const PAUSE_MS = 5;

/** Resolves as soon as the condition holds; rejects with what was waited for when it never does. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = Date.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It did not come to pass that ${what}.`);
    await delay(PAUSE_MS);
  }
}
