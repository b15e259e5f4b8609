import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type Caller, NotOffered, Refusal } from '../suite/caller.ts';
import type { Scenario } from '../suite/scenario.ts';
import type { Scene } from '../suite/scene.ts';
import { allNumbers, createTopic, type Place, sendNumbers } from './stock.ts';

const ROOT = { username: 'iggy', password: 'iggy' } as const;
const RECOVERY_LIMIT_MS = 15_000;
const PAUSE_MS = 250;

/** A broker that stops, or dies, and comes back: a client goes on, by itself or connected anew. */
export const reconnect: Scenario = {
  title: 'restart of the broker',
  settings: {},
  async run(scene) {
    let caller = await connectLoggedIn(scene, 'first');
    const place = await createTopic(scene, caller, 1);
    const sent: number[] = [];
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      sent.push(sent.length);
      await sendNumbers(scene, caller, place, 0, sent.slice(-1));
      await scene.broker.restart(signal);
      caller = await recovered(scene, caller, place, signal);
      assert.deepEqual(await allNumbers(caller, place, 0), sent);
    }
  },
};

/** A client that logs in by itself where it can, so that it can do that again. */
async function connectLoggedIn(scene: Scene, label: string): Promise<Caller> {
  try {
    return await scene.connect(label, ROOT);
  } catch (error) {
    if (!(error instanceof NotOffered)) throw error;
    scene.quirk('does not log in by itself');
    return scene.open(label);
  }
}

async function recovered(
  scene: Scene,
  caller: Caller,
  place: Place,
  signal: string,
): Promise<Caller> {
  const endMs = Date.now() + RECOVERY_LIMIT_MS;
  while (Date.now() < endMs) {
    if (await answers(scene, caller, place)) return caller;
    await delay(PAUSE_MS);
  }
  scene.quirk('does not come back by itself when the broker was gone');
  await caller.close();
  return connectLoggedIn(scene, `after-${signal}`);
}

/** Whether the client gets an answer again; one that has lost its login logs in anew. */
async function answers(scene: Scene, caller: Caller, place: Place): Promise<boolean> {
  try {
    await allNumbers(caller, place, 0);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 40) {
      scene.quirk('comes back without its login');
      await caller.call('user.login', ROOT).catch(() => {});
    }
    return false;
  }
}
