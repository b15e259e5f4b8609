import { type KeyDefinition, since, timeoutBounds } from './definition.ts';

const TRANSPORTS = 'OTLP over HTTP, in binary form or as JSON. OTLP over gRPC is not offered.';
const WITHOUT_ENDPOINT =
  'Empty: they go to the OpenTelemetry SDK that the process has set up, if it has.';

/** Keys of `telemetry`. */
export const telemetryKeys = [
  {
    key: 'telemetry.enabled',
    field: 'telemetry.enabled',
    format: 'flag',
    default: false,
    doc: 'Make spans of commands and metrics by the API of OpenTelemetry.',
    since,
  },
  {
    key: 'telemetry.service_name',
    field: 'telemetry.serviceName',
    format: 'text',
    default: 'veltro',
    doc: 'What this broker is called in what it exports to an endpoint: `service.name`.',
    since,
  },
  {
    key: 'telemetry.traces.transport',
    field: 'telemetry.traces.transport',
    format: 'choice',
    default: 'http',
    choices: ['http', 'http-json'],
    doc: `How spans are exported: ${TRANSPORTS}`,
    since,
  },
  {
    key: 'telemetry.traces.endpoint',
    field: 'telemetry.traces.endpoint',
    format: 'url',
    default: '',
    doc:
      'Where spans are exported to, such as `http://localhost:4318/v1/traces`; it takes packages ' +
      `that are not installed with Veltro. ${WITHOUT_ENDPOINT}`,
    since,
  },
  {
    key: 'telemetry.traces.one_in',
    field: 'telemetry.traces.oneIn',
    format: 'count',
    default: 1,
    min: 1,
    doc:
      'Of so many commands one is exported as a span, by chance: 1 for all of them. Every send and ' +
      'every poll is a command.',
    since,
  },
  {
    key: 'telemetry.metrics.transport',
    field: 'telemetry.metrics.transport',
    format: 'choice',
    default: 'http',
    choices: ['http', 'http-json'],
    doc: `How metrics are exported: ${TRANSPORTS}`,
    since,
  },
  {
    key: 'telemetry.metrics.endpoint',
    field: 'telemetry.metrics.endpoint',
    format: 'url',
    default: '',
    doc:
      'Where metrics are exported to, such as `http://localhost:4318/v1/metrics`; it takes ' +
      `packages that are not installed with Veltro. ${WITHOUT_ENDPOINT}`,
    since,
  },
  {
    key: 'telemetry.metrics.interval',
    field: 'telemetry.metrics.intervalMs',
    format: 'duration',
    default: '1 m',
    ...timeoutBounds,
    doc: 'Time between two exports of metrics to the endpoint.',
    since,
  },
] as const satisfies readonly KeyDefinition[];
