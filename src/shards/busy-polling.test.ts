import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { largeSendPollMs } from '../wire/limits.ts';
import { BusyPolling, type PolledLink } from './busy-polling.ts';

/** Longer than the test takes: polling ends when that is asked for. */
const LONG_MS = 60_000;

const turn = () => new Promise((resolve) => setImmediate(resolve));

class FakeLink implements PolledLink {
  hasLargeSend = false;
  isWatched = false;
  hasAnswers = false;
  looks = 0;

  watch(): void {
    this.isWatched = true;
  }

  unwatch(): boolean {
    this.isWatched = false;
    return this.takeAnswers();
  }

  takeAnswers(): boolean {
    this.looks++;
    const had = this.hasAnswers;
    this.hasAnswers = false;
    return had;
  }
}

function pollingOf(links: FakeLink[], pollMs: number, largeSendMs = 0) {
  const times = { pollMs, largeSendMs };
  const state = { drains: 0, polling: new BusyPolling(links, () => state.drains++, times) };
  return state;
}

/** Work in such a hurry that polling begins. */
function hurry(polling: BusyPolling): void {
  for (let i = 0; i < 3; i++) polling.noteWork();
}

describe('Busy polling', () => {
  it('takes answers in every turn and tells once of those of all shards', async (t) => {
    const links = [new FakeLink(), new FakeLink()];
    const state = pollingOf(links, LONG_MS);
    const now = t.mock.method(performance, 'now', () => 0);
    hurry(state.polling);
    assert.deepEqual([links[0].isWatched, links[1].isWatched], [true, true]);
    await turn();
    assert.equal(state.drains, 0);
    for (const link of links) link.hasAnswers = true;
    await turn();
    assert.equal(state.drains, 1);
    now.mock.mockImplementation(() => LONG_MS);
    await turn();
    assert.deepEqual([links[0].isWatched, links[1].isWatched], [false, false]);
    const looks = links[0].looks;
    await turn();
    assert.equal(links[0].looks, looks);
  });

  it('tells of answers that came when it ended', async (t) => {
    const link = new FakeLink();
    const state = pollingOf([link], LONG_MS);
    const now = t.mock.method(performance, 'now', () => 0);
    hurry(state.polling);
    link.unwatch = () => true;
    now.mock.mockImplementation(() => LONG_MS);
    await turn();
    assert.equal(state.drains, 1);
  });

  it('does not begin for work that comes alone', (t) => {
    const link = new FakeLink();
    const { polling } = pollingOf([link], LONG_MS);
    let nowMs = 0;
    t.mock.method(performance, 'now', () => nowMs);
    for (let request = 0; request < 10; request++) {
      nowMs += 1;
      polling.noteWork();
      nowMs += 0.01;
      polling.noteWork();
    }
    assert.equal(link.isWatched, false);
  });

  it('is never done where there is no time for it', () => {
    const link = new FakeLink();
    hurry(pollingOf([link], 0).polling);
    assert.equal(link.isWatched, false);
  });

  it('looks longer while a shard is at a large send', async (t) => {
    const links = [new FakeLink(), new FakeLink()];
    const state = pollingOf(links, 0.2, largeSendPollMs);
    const now = t.mock.method(performance, 'now', () => 0);
    hurry(state.polling);
    links[1].hasLargeSend = true;
    now.mock.mockImplementation(() => largeSendPollMs / 2);
    await turn();
    assert.equal(links[1].isWatched, true);
    links[1].hasLargeSend = false;
    await turn();
    assert.equal(links[1].isWatched, false);
  });

  it('looks no longer than that for a shard that does not come to its end', async (t) => {
    const links = [new FakeLink()];
    const state = pollingOf(links, 0.2, largeSendPollMs);
    const now = t.mock.method(performance, 'now', () => 0);
    hurry(state.polling);
    links[0].hasLargeSend = true;
    now.mock.mockImplementation(() => largeSendPollMs);
    await turn();
    assert.equal(links[0].isWatched, false);
  });
});
