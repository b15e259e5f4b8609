import type { Config } from '../../config/config.ts';
import { defaultRootCredentials } from '../../config/root-credentials.ts';
import { type Style, toJson } from './output.ts';

/** What is known once a broker listens. */
export interface StartedBroker {
  readonly version: string;
  /** `IP:port` that was bound; undefined when TCP is off. */
  readonly tcp: string | undefined;
  /** `IP:port` that was bound; undefined when HTTP is off. */
  readonly http: string | undefined;
  /** Where the API over HTTP is; undefined when it is off. */
  readonly httpUrl: string | undefined;
  /** What clients have to put behind the address, such as `?tls=true`; empty without TLS. */
  readonly query: string;
  /** `IP:port` that was bound; undefined when QUIC is off. */
  readonly quic: string | undefined;
  /** `IP:port` that was bound; undefined when WebSocket is off. */
  readonly websocket: string | undefined;
  readonly dataDir: string;
  readonly threads: number;
  readonly rootCredentials: Config['rootCredentials'];
  /** The password that the broker made up for root, at the first start only. */
  readonly generatedRootPassword: string | undefined;
  /** Whether the data directory was there before, and with it the root user. */
  readonly wasUsedBefore: boolean;
}

const DEFAULT_ADDRESS = '127.0.0.1:8090';
const UNKNOWN_PASSWORD = 'PASSWORD';

function loginText(broker: StartedBroker): string {
  const { rootCredentials, generatedRootPassword, wasUsedBefore } = broker;
  if (generatedRootPassword !== undefined) {
    const { username } = rootCredentials ?? defaultRootCredentials;
    return `user ${username}, password ${generatedRootPassword} (shown only this once)`;
  }
  if (wasUsedBefore) {
    const isDefault = rootCredentials?.password === defaultRootCredentials.password;
    const hint = isDefault ? ` (${defaultRootCredentials.password}, if it was given there)` : '';
    return `with the credentials of the first start on this data directory${hint}`;
  }
  if (rootCredentials?.password === defaultRootCredentials.password) {
    return `user ${rootCredentials.username}, password ${rootCredentials.password}`;
  }
  return `user ${rootCredentials?.username}, with the password that the environment gives`;
}

/** Listeners on every address are reached over loopback. */
function reachable(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}

/** The line that spares the others `--server`; none when the defaults of the commands fit. */
function serverLine(broker: StartedBroker, tcp: string): string[] {
  const { username, password } = broker.rootCredentials ?? defaultRootCredentials;
  const isDefaultPassword =
    broker.rootCredentials?.password === defaultRootCredentials.password &&
    broker.generatedRootPassword === undefined;
  const isDefaultUser = username === defaultRootCredentials.username;
  const isDefaultAddress = reachable(tcp) === DEFAULT_ADDRESS && broker.query === '';
  if (isDefaultAddress && isDefaultUser && isDefaultPassword) return [];
  const shown = isDefaultPassword ? password : (broker.generatedRootPassword ?? UNKNOWN_PASSWORD);
  const login = `${encodeURIComponent(username)}:${encodeURIComponent(shown)}`;
  return [`export VELTRO_SERVER='iggy://${login}@${reachable(tcp)}${broker.query}'`];
}

function nextSteps(broker: StartedBroker): string[] {
  if (broker.tcp === undefined) return [];
  const commands = [
    ...serverLine(broker, broker.tcp),
    'npx veltro stream create dev',
    'npx veltro topic create dev events --partitions 4',
    'npx veltro message send dev events "Hello"',
    'npx veltro message poll dev events',
  ];
  return ['  Try next, in another terminal:', '', ...commands.map((line) => `    ${line}`), ''];
}

function listeners({ tcp, query, quic, websocket, httpUrl }: StartedBroker): string[] {
  return [
    ...(tcp === undefined ? [] : [`tcp ${tcp}${query === '' ? '' : ', TLS only'}`]),
    ...(quic === undefined ? [] : [`quic ${quic}`]),
    ...(websocket === undefined ? [] : [`websocket ${websocket}`]),
    ...(httpUrl === undefined ? [] : [`${httpUrl} with its documentation at /docs`]),
  ];
}

/** What a person sees at the start: what listens, how to log in, what to try next. */
export function startScreen(broker: StartedBroker, style: Style): string {
  const [first = 'nowhere: every transport is off', ...others] = listeners(broker);
  const facts = [
    ['Listening', first],
    ...others.map((listener) => ['', listener]),
    ['Data', broker.dataDir],
    ['Threads', String(broker.threads)],
    ['Log in', loginText(broker)],
  ];
  const lines = [
    '',
    `  ${style.bold(`Veltro ${broker.version}`)}`,
    '',
    ...facts.map(([name, value]) => `  ${style.dim(name.padEnd(11))}${value}`),
    '',
    ...nextSteps(broker),
    '  Ctrl-C stops the broker.',
    '',
  ];
  return lines.join('\n');
}

/** The line that says that every listener is bound: a sentence, or one JSON object for programs. */
export function readyLine(broker: StartedBroker, asJson: boolean): string {
  const { version, tcp, quic, websocket, http, httpUrl, generatedRootPassword } = broker;
  if (asJson) {
    const pid = process.pid;
    const { threads, dataDir } = broker;
    const facts = { version, pid, threads, dataDir, generatedRootPassword };
    return toJson({ event: 'ready', tcp, quic, websocket, http, ...facts });
  }
  const places = [
    tcp && `tcp ${tcp}`,
    quic && `quic ${quic}`,
    websocket && `websocket ${websocket}`,
    httpUrl,
  ];
  const text = places.filter((place) => place !== undefined).join(' and ');
  return text === '' ? 'Ready.' : `Ready on ${text}.`;
}
