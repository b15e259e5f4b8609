import { type KeyDefinition, since, timeoutBounds } from './definition.ts';

const TRANSPORTS = 'OTLP over HTTP, in binary form or as JSON. OTLP over gRPC is not offered.';
const ENDPOINTS =
  'it takes packages that are not installed with Veltro. Empty: they go to the OpenTelemetry SDK ' +
  'that the process has set up, if it has.';

const transport = {
  format: 'choice',
  default: 'http',
  choices: ['http', 'http-json'],
  since,
} as const;

const endpoint = { format: 'url', default: '', since } as const;

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
    ...transport,
    doc: `How spans are exported: ${TRANSPORTS}`,
  },
  {
    key: 'telemetry.traces.endpoint',
    field: 'telemetry.traces.endpoint',
    ...endpoint,
    doc: `Where spans are exported to, such as \`http://localhost:4318/v1/traces\`; ${ENDPOINTS}`,
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
    ...transport,
    doc: `How metrics are exported: ${TRANSPORTS}`,
  },
  {
    key: 'telemetry.metrics.endpoint',
    field: 'telemetry.metrics.endpoint',
    ...endpoint,
    doc: `Where metrics are exported to, such as \`http://localhost:4318/v1/metrics\`; ${ENDPOINTS}`,
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
