import {
  passwordBytesMax,
  passwordBytesMin,
  usernameBytesMax,
  usernameBytesMin,
} from '../src/wire/limits.ts';
import type { RootCredentials } from './config.ts';
import { type Environment, firstSet } from './environment.ts';

/** What `--with-default-root-credentials` fills in: the protocol's well-known root account. */
export const defaultRootCredentials: RootCredentials = { username: 'iggy', password: 'iggy' };

const usernameVariables = ['VELTRO_ROOT_USERNAME', 'IGGY_ROOT_USERNAME'];
const passwordVariables = ['VELTRO_ROOT_PASSWORD', 'IGGY_ROOT_PASSWORD'];

function lengthProblem(name: string, value: string, min: number, max: number): string[] {
  const bytes = Buffer.byteLength(value);
  if (bytes >= min && bytes <= max) return [];
  return [`${name} has ${bytes} bytes, but it must have ${min} to ${max}.`];
}

/** Root credentials and what is wrong with them; the values never appear in a sentence. */
export function readRootCredentials(
  environment: Environment,
  withDefaults: boolean,
): { credentials: RootCredentials | undefined; problems: string[]; warnings: string[] } {
  const username = firstSet(environment, ...usernameVariables);
  const password = firstSet(environment, ...passwordVariables);
  const given = [username, password].filter((value) => value !== undefined).length;
  if (given === 0 && !withDefaults) return { credentials: undefined, problems: [], warnings: [] };
  if (given === 1 && !withDefaults) {
    const missing = username === undefined ? usernameVariables : passwordVariables;
    const problem = `${missing[0]} is missing: the root user name and password go together.`;
    return { credentials: undefined, problems: [problem], warnings: [] };
  }
  const credentials = {
    username: username ?? defaultRootCredentials.username,
    password: password ?? defaultRootCredentials.password,
  };
  const problems = [
    ...lengthProblem(
      'The root user name',
      credentials.username,
      usernameBytesMin,
      usernameBytesMax,
    ),
    ...lengthProblem('The root password', credentials.password, passwordBytesMin, passwordBytesMax),
  ];
  const ignored = 'The default root credentials are ignored: the environment gives others.';
  return { credentials, problems, warnings: given === 2 && withDefaults ? [ignored] : [] };
}
