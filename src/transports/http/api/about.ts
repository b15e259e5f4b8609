import * as v from 'valibot';
import { notFound } from '../errors.ts';
import { type HealthProblem, problemCodes } from '../health.ts';
import { shown, text } from './kinds.ts';
import { json, operation, type Reply } from './operation.ts';
import { JSON_TYPE, ok } from './replies.ts';

const HTML_TYPE = 'text/html';
const healthTag = 'Health';
const documentationTag = 'Documentation';
/** The page brings its style with it and needs nothing else. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'";

const health = v.object({
  status: shown(v.string(), { type: 'string', enum: ['ok', 'unavailable'] }),
  problems: v.array(
    v.object({
      code: shown(v.string(), { type: 'string', enum: problemCodes }),
      reason: text('One sentence.'),
    }),
  ),
});

function healthReply(problems: readonly HealthProblem[]): Reply {
  const isWell = problems.length === 0;
  return ok({ status: isWell ? 'ok' : 'unavailable', problems }, isWell ? 200 : 503);
}

const live = operation({
  id: 'getLiveness',
  method: 'GET',
  path: '/health/live',
  tag: healthTag,
  summary: 'Say whether the process works',
  description: 'A process that does not answer should be started again.',
  audience: 'everybody',
  requires: 'listener',
  answers: { 200: json('It works.', health) },
  run: () => healthReply([]),
});

const ready = operation({
  id: 'getReadiness',
  method: 'GET',
  path: '/health/ready',
  tag: healthTag,
  summary: 'Say whether the broker should be given requests',
  description:
    'Not while it opens its partitions, while it stops, while a shard is being replaced, and for ' +
    'a while after a partition refused a batch for want of a disk that works.',
  audience: 'everybody',
  requires: 'listener',
  answers: { 200: json('It should.', health), 503: json('It should not, and why.', health) },
  run: ({ services }) => healthReply(services.problems()),
});

const metrics = operation({
  id: 'getMetrics',
  method: 'GET',
  path: '/metrics',
  tag: healthTag,
  summary: 'Give metrics for Prometheus',
  description: 'In its text format. Reading them costs no shard any time.',
  audience: 'everybody',
  answers: { 200: { description: 'The metrics.', content: { 'text/plain': null } } },
  errors: [404],
  run: async ({ services }) => {
    if (services.metrics === undefined) throw notFound('`http.metrics.enabled` is false.');
    const { text: body, contentType } = await services.metrics();
    return { status: 200, contentType, body };
  },
});

const openApi = operation({
  id: 'getOpenApi',
  method: 'GET',
  path: '/openapi.json',
  tag: documentationTag,
  summary: 'Give this document',
  audience: 'everybody',
  requires: 'listener',
  answers: { 200: { description: 'OpenAPI 3.1.', content: { [JSON_TYPE]: v.looseObject({}) } } },
  run: async ({ services }) => ({
    status: 200,
    contentType: JSON_TYPE,
    body: await services.documentation.json(),
  }),
});

const docs = operation({
  id: 'getDocs',
  method: 'GET',
  path: '/docs',
  tag: documentationTag,
  summary: 'Show this document as a page',
  audience: 'everybody',
  requires: 'listener',
  answers: { 200: { description: 'The page.', content: { [HTML_TYPE]: null } } },
  run: async ({ services }) => ({
    status: 200,
    contentType: `${HTML_TYPE}; charset=utf-8`,
    headers: [['content-security-policy', PAGE_POLICY]],
    body: await services.documentation.page(),
  }),
});

/** Operations on the API itself and on how the broker is. */
export const aboutOperations = [live, ready, metrics, openApi, docs];
