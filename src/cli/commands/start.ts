import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Config } from '../../../config/config.ts';
import { type ConfigSources, loadConfig } from '../../../config/load.ts';
import type { Broker } from '../../broker/broker.ts';
import { createLogger, type Logger } from '../../broker/logger.ts';
import { packageVersion } from '../../broker/version.ts';
import { addOutputOptions, type CommonOptions, commonOptions } from '../options.ts';
import { styleFor } from '../output.ts';
import { readyLine, type StartedBroker, startScreen } from '../start-screen.ts';
import { onReloadSignal, stopSignal } from '../stop-signals.ts';
import type { Terminal } from '../terminal.ts';

/** The flags of `veltro start` as commander hands them over. */
export interface StartOptions {
  readonly threads?: string;
  readonly shards?: string;
  readonly config?: string;
  readonly dataDir?: string;
  readonly tcp?: string;
  readonly http?: string;
  readonly quic?: string;
  readonly websocket?: string;
  readonly withDefaultRootCredentials?: boolean;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

const OFF = 'off';
/** What may keep a process from ending by itself after a stop gets this long. */
const LINGER_MS = 1000;

const examples = `
Examples:
  $ veltro start --with-default-root-credentials
  $ veltro start --data-dir /var/lib/veltro --tcp 0.0.0.0:8090 --http off
  $ veltro start --config veltro.toml --log-format json
  $ VELTRO_ROOT_USERNAME=admin VELTRO_ROOT_PASSWORD=secret veltro start

Every key of the configuration has an environment variable: docs/reference/configuration.md.`;

/** The sources of the configuration that the flags and the environment name. */
export function configSources(
  options: StartOptions,
  environment: Terminal['environment'],
): ConfigSources {
  const { tcp, quic, http, websocket } = options;
  return {
    environment,
    file: options.config,
    withDefaultRootCredentials: options.withDefaultRootCredentials,
    flags: {
      'system.path': options.dataDir,
      'system.sharding.cpu_allocation': options.threads ?? options.shards,
      'system.logging.level': options.logLevel,
      'system.logging.format': options.logFormat,
      'tcp.enabled': tcp === undefined ? undefined : tcp !== OFF,
      'tcp.address': tcp === OFF ? undefined : tcp,
      'quic.enabled': quic === undefined ? undefined : quic !== OFF,
      'quic.address': quic === OFF ? undefined : quic,
      'websocket.enabled': websocket === undefined ? undefined : websocket !== OFF,
      'websocket.address': websocket === OFF ? undefined : websocket,
      'http.enabled': http === undefined ? undefined : http !== OFF,
      'http.address': http === OFF ? undefined : http,
    },
  };
}

function announce(
  broker: StartedBroker,
  config: Config,
  common: CommonOptions,
  terminal: Terminal,
): void {
  const asJson = common.json === true || config.system.logging.format === 'json';
  if (!asJson && common.quiet !== true) {
    const style = styleFor(terminal.stdout, terminal.environment);
    terminal.stdout.write(`${startScreen(broker, style)}\n`);
  }
  terminal.stdout.write(`${readyLine(broker, asJson)}\n`);
}

function startedBroker(broker: Broker, config: Config, wasUsedBefore: boolean): StartedBroker {
  return {
    version: packageVersion(),
    tcp: broker.addresses.tcp,
    http: broker.addresses.http,
    httpUrl: broker.httpUrl,
    query: broker.addresses.tcp === undefined ? '' : new URL(broker.url).search,
    quic: broker.addresses.quic,
    websocket: broker.addresses.websocket,
    dataDir: broker.dataDir,
    threads: broker.threads,
    rootCredentials: config.rootCredentials,
    generatedRootPassword: broker.generatedRootPassword,
    wasUsedBefore,
  };
}

async function reload(broker: Broker, logger: Logger): Promise<void> {
  try {
    const hasSome = await broker.reloadCertificates();
    logger.info(hasSome ? 'read the certificates again' : 'without TLS nothing is read again');
  } catch (error) {
    logger.error(`${(error as Error).message} The certificates stay as they were.`);
  }
}

async function start(options: StartOptions, common: CommonOptions, terminal: Terminal) {
  const config = loadConfig(configSources(options, terminal.environment));
  const logger = createLogger(config.system.logging);
  for (const warning of config.warnings) logger.warn(warning);
  const wasUsedBefore = existsSync(join(config.system.path, 'catalog'));
  const stopRequested = stopSignal(process);
  try {
    const { Broker } = await import('../../broker/broker.ts');
    const requireQuic = options.quic !== undefined && options.quic !== OFF;
    const broker = await Broker.start({ config, logger, requireQuic });
    onReloadSignal(process, () => reload(broker, logger));
    announce(startedBroker(broker, config, wasUsedBefore), config, common, terminal);
    const signal = await stopRequested;
    logger.info({ signal }, 'stopping');
    await broker.stop();
    logger.info('stopped');
  } finally {
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

function addConfigOptions(command: Command): void {
  const flags = [
    ['--threads <number>', 'shard workers (default: one less than the cores, at least 1)'],
    ['--config <file>', 'configuration file, TOML or JSON'],
    ['--data-dir <folder>', 'where everything is kept (default: local_data)'],
    ['--tcp <address>', 'HOST:PORT to listen on, port 0 for a free one, or off'],
    ['--http <address>', 'HOST:PORT to listen on for HTTP, port 0 for a free one, or off'],
    ['--quic <address>', 'HOST:PORT to listen on for QUIC, port 0 for a free one, or off'],
    ['--websocket <address>', 'HOST:PORT for WebSocket, port 0 for a free one, or off'],
    ['--with-default-root-credentials', 'root is iggy with password iggy: for trying out'],
    ['--log-level <level>', 'trace, debug, info, warn or error'],
    ['--log-format <format>', 'pretty or json; json also makes the ready line JSON'],
  ] as const;
  for (const [name, text] of flags) command.option(name, text);
  command.addOption(new Option('--shards <number>').hideHelp());
}

/** `veltro start` */
export function configure(command: Command, terminal: Terminal): void {
  command.description('run a broker until it is told to stop');
  addConfigOptions(command);
  addOutputOptions(command).addHelpText('after', examples);
  command.action((options: StartOptions) => start(options, commonOptions(command), terminal));
}
