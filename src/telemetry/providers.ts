import type { Meter, MeterProvider, Tracer, TracerProvider } from '@opentelemetry/api';
import { telemetryExportMs } from '../wire/limits.ts';
import { type Importer, loadOptional } from './packages.ts';

type Api = typeof import('@opentelemetry/api');
type Resources = typeof import('@opentelemetry/resources');

/** Where something is exported to by OTLP, and in which form. */
export interface Endpoint {
  /** In binary form, or as JSON. */
  readonly transport: 'http' | 'http-json';
  /** Absolute URL; empty for what the process has set up. */
  readonly endpoint: string;
}

/** Who gets spans and metrics. */
export interface ProviderSettings {
  readonly serviceName: string;
  /** Of the broker. */
  readonly version: string;
  /** Of so many commands one is exported. */
  readonly traces: Endpoint & { readonly oneIn: number };
  readonly metrics: Endpoint & { readonly intervalMs: number };
  /** Hears when an endpoint does not take what it is sent, and when it does again. */
  readonly report: (level: 'info' | 'warn', message: string) => void;
}

/** What spans and metrics are made with. */
export interface Providers {
  readonly api: Api;
  readonly tracer: Tracer;
  readonly meter: Meter;
  /** Exports what is left, within a time; then nothing is exported any more. */
  shutdown(): Promise<void>;
}

const NAME = 'veltro';
/** What the packages of exporters are called by the form. */
const forms = { http: 'proto', 'http-json': 'http' } as const;

/** A provider of our own, which nobody else knows. */
type Own<Provider> = Provider & { shutdown(): Promise<void> };

/**
 * Providers of the broker's own where there is an endpoint, else those that the process has
 * registered. Rejects with an error that names packages which are missing.
 */
export async function openProviders(
  settings: ProviderSettings,
  importer?: Importer,
): Promise<Providers> {
  const [api] = await loadOptional<[Api]>('telemetry.enabled', ['@opentelemetry/api'], importer);
  const traces = await openTraces(settings, importer);
  const metrics = await openMetrics(settings, importer);
  const own = [traces, metrics].filter((provider) => provider !== undefined);
  return {
    api,
    tracer: (traces ?? api.trace).getTracer(NAME, settings.version),
    meter: (metrics ?? api.metrics).getMeter(NAME, settings.version),
    shutdown: async () => {
      // What cannot be exported was reported, and must not keep the broker from stopping.
      await Promise.allSettled(own.map((provider) => provider.shutdown()));
    },
  };
}

async function openTraces(
  settings: ProviderSettings,
  importer?: Importer,
): Promise<Own<TracerProvider> | undefined> {
  const { report, traces } = settings;
  const { endpoint: url, transport, oneIn } = traces;
  if (url === '') return undefined;
  type Modules = [
    Resources,
    typeof import('@opentelemetry/sdk-trace'),
    typeof import('@opentelemetry/exporter-trace-otlp-http'),
  ];
  const [resources, sdk, otlp] = await loadOptional<Modules>(
    'telemetry.traces.endpoint',
    [
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace',
      `@opentelemetry/exporter-trace-otlp-${forms[transport]}`,
    ],
    importer,
  );
  const otlpExporter = new otlp.OTLPTraceExporter({ url, timeoutMillis: telemetryExportMs });
  const exporter = watched(otlpExporter, `Spans to ${url}`, report);
  return new sdk.TracerProvider({
    resource: resourceOf(resources, settings),
    sampler: new sdk.TraceIdRatioBasedSampler(1 / oneIn),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter })],
  });
}

async function openMetrics(
  settings: ProviderSettings,
  importer?: Importer,
): Promise<Own<MeterProvider> | undefined> {
  const { report, metrics } = settings;
  const { endpoint: url, transport, intervalMs } = metrics;
  if (url === '') return undefined;
  type Modules = [
    Resources,
    typeof import('@opentelemetry/sdk-metrics'),
    typeof import('@opentelemetry/exporter-metrics-otlp-http'),
  ];
  const [resources, sdk, otlp] = await loadOptional<Modules>(
    'telemetry.metrics.endpoint',
    [
      '@opentelemetry/resources',
      '@opentelemetry/sdk-metrics',
      `@opentelemetry/exporter-metrics-otlp-${forms[transport]}`,
    ],
    importer,
  );
  const exporter = new otlp.OTLPMetricExporter({ url, timeoutMillis: telemetryExportMs });
  const reader = new sdk.PeriodicExportingMetricReader({
    exporter: watched(exporter, `Metrics to ${url}`, report),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: Math.min(intervalMs, telemetryExportMs),
  });
  return new sdk.MeterProvider({ resource: resourceOf(resources, settings), readers: [reader] });
}

function resourceOf(resources: Resources, { serviceName, version }: ProviderSettings) {
  return resources.resourceFromAttributes({
    'service.name': serviceName,
    'service.version': version,
  });
}

interface Exporter {
  export(items: never, done: (result: ExportOutcome) => void): void;
}

interface ExportOutcome {
  /** 0 is success. */
  readonly code: number;
  readonly error?: Error;
}

/** The exporter, which says when its endpoint begins to refuse and when it takes again. */
function watched<Kind extends Exporter>(
  exporter: Kind,
  what: string,
  report: ProviderSettings['report'],
): Kind {
  const send = exporter.export.bind(exporter);
  let isFailing = false;
  exporter.export = (items, done) =>
    send(items, (result) => {
      const failed = result.code !== 0;
      if (failed && !isFailing) {
        report('warn', `${what} are lost: ${result.error?.message ?? 'the export failed'}`);
      } else if (!failed && isFailing) report('info', `${what} are exported again`);
      isFailing = failed;
      done(result);
    });
  return exporter;
}
