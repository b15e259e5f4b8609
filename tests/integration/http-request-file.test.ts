import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBroker } from '../support/broker.ts';
import { projectRoot } from '../support/project-root.ts';

const LOGIN_TOKEN = '{{login.response.body.access_token.token}}';

const GROUP_SESSIONS = '/consumer-groups/readers/sessions';

/** One request of the file: its title, first line, headers and body. */
interface FileRequest {
  readonly title: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

async function firstPart({ body }: Response): Promise<string> {
  const reader = body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return Buffer.from(value ?? []).toString();
}

function parse(block: string, variables: ReadonlyMap<string, string>): FileRequest | undefined {
  const [title, ...rest] = block.trim().split('\n');
  const text = rest.filter((line) => !/^[#@]/.test(line)).join('\n');
  const filled = text.replaceAll(/\{\{(\w+)\}\}/g, (all, name) => variables.get(name) ?? all);
  const [head, ...bodies] = filled.split('\n\n');
  const [first, ...headerLines] = head.split('\n');
  if (first === '') return undefined;
  const [method, url] = first.split(' ');
  const headers = Object.fromEntries(headerLines.map((line) => line.split(': ')));
  const body = bodies.length === 0 ? undefined : bodies.join('\n\n');
  return { title, method, url, headers, body };
}

test('every request of docs/server.http does what it says', async () => {
  await using broker = await startBroker({ http: { port: 0 } });
  const text = readFileSync(join(projectRoot(), 'docs', 'server.http'), 'utf8');
  const host = broker.httpUrl!;
  const variables = new Map([
    ['host', host],
    ['topic', `${host}/streams/dev/topics/events`],
  ]);
  const [, ...blocks] = text.split(/^### /m);
  let requests = 0;
  for (const block of blocks) {
    const asked = parse(block, variables);
    if (asked === undefined) continue;
    const { title, url, ...options } = asked;
    const response = await fetch(url, options);
    const isEndless = response.headers.get('content-type') === 'text/event-stream';
    const answer = isEndless ? await firstPart(response) : await response.text();
    assert.ok(response.ok, `${title}: ${response.status} ${answer}`);
    requests++;
    if (block.includes('# @name login')) {
      variables.set('token', JSON.parse(answer).access_token.token);
    }
    if (block.includes('# @name session')) {
      const { session_id: id } = JSON.parse(answer);
      variables.set('session', `${host}/streams/dev/topics/events${GROUP_SESSIONS}/${id}`);
    }
  }
  assert.ok(text.includes(LOGIN_TOKEN) && requests > 10, 'the requests were not found');
});
