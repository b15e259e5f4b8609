import {
  type ConversionConfig,
  type JsonSchema,
  toJsonSchema,
  toJsonSchemaDefs,
} from '@valibot/to-json-schema';
import { printJson } from '../json.ts';
import { groupSession } from './group-sessions.ts';
import { shownOf } from './kinds.ts';
import { liveAnswer, liveFrame } from './live-frames.ts';
import { newMessageLine, polledLine, polledMessages, sendMessages } from './message-schemas.ts';
import type { AnswerSpec, AnySchema, BodySpec, Operation, TextsSchema } from './operation.ts';
import { permissions } from './permissions.ts';
import { JSON_TYPE } from './replies.ts';
import * as shapes from './shapes.ts';

/** Schemas that the document gives names. */
const named: Record<string, AnySchema> = {
  Error: shapes.errorBody,
  Identity: shapes.identity,
  Permissions: permissions,
  User: shapes.user,
  UserDetails: shapes.userDetails,
  PersonalAccessToken: shapes.tokenInfo,
  Stream: shapes.stream,
  StreamDetails: shapes.streamDetails,
  Topic: shapes.topic,
  TopicDetails: shapes.topicDetails,
  Batch: sendMessages,
  LiveFrame: liveFrame,
  LiveAnswer: liveAnswer,
  NewMessageLine: newMessageLine,
  PolledMessages: polledMessages,
  PolledLine: polledLine,
  ConsumerOffset: shapes.consumerOffset,
  ConsumerGroup: shapes.consumerGroup,
  ConsumerGroupDetails: shapes.consumerGroupDetails,
  GroupSession: groupSession,
  Client: shapes.client,
  ClientDetails: shapes.clientDetails,
  ClusterMetadata: shapes.clusterMetadata,
  Stats: shapes.stats,
};

const conversion: ConversionConfig = {
  target: 'draft-2020-12',
  typeMode: 'input',
  // What cannot be told from a schema must have been set.
  errorMode: 'throw',
  ignoreActions: ['check', 'transform', 'raw_transform'],
  definitions: named as ConversionConfig['definitions'],
  overrideSchema: ({ valibotSchema }) => shownOf(valibotSchema) as JsonSchema | undefined,
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
};

const statusTexts: Readonly<Record<number, string>> = {
  400: 'What was sent cannot be.',
  401: 'There is no token that holds, or the login failed.',
  403: 'The user lacks the permission.',
  404: 'What the request is about is not there.',
  413: 'The body is too large.',
  415: 'The body has a content type that is not taken here.',
  426: 'The request must be one to become a WebSocket.',
  429: 'There are as many of these as there may be; try again.',
  422: 'The body has another shape than it should.',
  500: 'The broker failed.',
  503: 'The broker cannot serve this now; try again.',
};

const info = {
  title: 'Veltro',
  version: '1',
  description:
    'The REST API of a Veltro broker. Log in for a token, and send it with every request as ' +
    '`Authorization: Bearer …`. Numbers of 64 and 128 bits are written digit by digit: read them ' +
    'with a parser that keeps them. All failures have the same shape.',
};

/** The OpenAPI 3.1 document of the operations, as JSON. */
export function openApiJson(operations: readonly Operation[]): string {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    paths[operation.path] ??= {};
    paths[operation.path][operation.method.toLowerCase()] = describe(operation);
  }
  const tags = [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name }));
  const bearer = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' };
  return printJson({
    openapi: '3.1.0',
    info,
    tags,
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer },
      schemas: toJsonSchemaDefs(conversion.definitions ?? {}, conversion),
    },
  });
}

function describe(operation: Operation) {
  const { id, tag, summary, description, audience, bodies } = operation;
  const parameters = [
    ...parametersOf('path', operation.pathSchema),
    ...parametersOf('query', operation.querySchema),
    ...parametersOf('header', operation.headersSchema),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description && { description }),
    ...(audience === 'everybody' && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(bodies.length > 0 && { requestBody: { required: true, content: contentOf(bodies) } }),
    responses: { ...answersOf(operation), ...errorsOf(operation) },
  };
}

function parametersOf(place: 'path' | 'query' | 'header', schema: TextsSchema | undefined) {
  return Object.entries(schema?.entries ?? {}).map(([name, entry]) => {
    const isRequired = entry.type !== 'optional';
    const { description, default: text, ...rest } = schemaOf(entry as AnySchema);
    const standard = text === undefined ? {} : { default: standardOf(text, rest.type) };
    return {
      name,
      in: place,
      required: isRequired,
      ...(description !== undefined && { description }),
      schema: { ...rest, ...standard },
    };
  });
}

/** In a query every default is a text. */
function standardOf(text: unknown, type: unknown): unknown {
  if (type === 'integer') return Number(text);
  return type === 'boolean' ? text === 'true' : text;
}

function contentOf(bodies: readonly BodySpec[]) {
  return Object.fromEntries(
    bodies.map(({ contentType, schema, lineSchema, description }) => [
      contentType,
      { schema: schemaOrText(schema ?? lineSchema, description) },
    ]),
  );
}

function answersOf({ answers }: Operation) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, content }]) => [
      status,
      content === undefined ? { description } : { description, content: answerContent(content) },
    ]),
  );
}

function answerContent(content: NonNullable<AnswerSpec['content']>) {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [
      type,
      { schema: schemaOrText(schema ?? undefined, undefined) },
    ]),
  );
}

function errorsOf({ answers, audience, bodies, pathSchema, querySchema, errors }: Operation) {
  const statuses = [
    ...(pathSchema || querySchema || bodies.length > 0 ? [400] : []),
    ...(audience === 'users' ? [401] : []),
    ...errors,
    ...(bodies.length > 0 ? [413, 415, 422] : []),
    500,
    503,
  ];
  const unique = [...new Set(statuses)].filter((status) => !(status in answers)).sort();
  const content = { [JSON_TYPE]: { schema: schemaOf(shapes.errorBody) } };
  return Object.fromEntries(
    unique.map((status) => [status, { description: statusTexts[status], content }]),
  );
}

function schemaOrText(schema: AnySchema | undefined, description: string | undefined) {
  return schema === undefined
    ? { type: 'string', ...(description && { description }) }
    : schemaOf(schema);
}

function schemaOf(schema: AnySchema): Record<string, unknown> {
  const { $schema, $defs, ...rest } = toJsonSchema(
    schema as Parameters<typeof toJsonSchema>[0],
    conversion,
  );
  return rest;
}
