import { type Command, Option } from 'commander';
import type { User, UserDetails, UserStatus } from '../../client/types.ts';
import type { Identifier } from '../../wire/classic/identifier.ts';
import { CommandError } from '../errors.ts';
import { isoTime, shortTime } from '../format.ts';
import { addLeaf, sentence, withClient } from '../leaf.ts';
import { type Answer, properties, table } from '../output.ts';
import {
  globalArgument,
  type PermissionOptions,
  permissionsOf,
  permissionsText,
  streamArgument,
  topicArgument,
} from '../permissions.ts';
import type { Terminal } from '../terminal.ts';
import { identifier } from '../values.ts';

interface StatusOptions {
  readonly status?: UserStatus;
}

interface UpdateOptions extends StatusOptions {
  readonly name?: string;
}

function userFacts({ id, username, status, createdAt }: User) {
  return { id, username, status, createdAt: isoTime(createdAt) };
}

function userAnswer(user: UserDetails): Answer {
  return {
    json: { ...userFacts(user), permissions: user.permissions },
    text: (style) =>
      properties(
        [
          ['ID', String(user.id)],
          ['Name', user.username],
          ['Status', user.status],
          ['Created', shortTime(user.createdAt)],
          ['Permissions', permissionsText(user.permissions)],
        ],
        style,
      ),
  };
}

function listAnswer(users: readonly User[]): Answer {
  return {
    json: users.map(userFacts),
    text: (style) => {
      const rows = users.map((user) => [
        String(user.id),
        shortTime(user.createdAt),
        user.username,
        user.status,
      ]);
      return table(['ID', 'Created', 'Name', 'Status'], rows, style);
    },
  };
}

function statusOption(): Option {
  const statuses: readonly UserStatus[] = ['active', 'inactive'];
  return new Option('--status <status>', 'whether the user may log in').choices(statuses);
}

function addPermissionOptions(command: Command): Command {
  return command
    .option('--global <flags>', 'such as read-streams,poll-messages', globalArgument)
    .option('--stream <id:flags>', 'such as 1:read-stream, repeatable', streamArgument)
    .option('--topic <stream:id:flags>', 'such as 1:0:send-messages, repeatable', topicArgument);
}

function addReaders(group: Command, terminal: Terminal): void {
  addLeaf(group, 'get', {
    summary: 'show a user and what it may do',
    examples: ['user get ann', 'user get 1 --json'],
  })
    .argument('<user>', 'id or name', identifier)
    .action(
      withClient(terminal, async ({ client }, _, id: Identifier) => {
        const user = await client.users.get(id);
        if (user === null) throw new CommandError(`There is no user ${id}.`);
        return userAnswer(user);
      }),
    );
  addLeaf(group, 'list', {
    summary: 'list the users',
    examples: ['user list', 'user list --json'],
  }).action(withClient(terminal, async ({ client }) => listAnswer(await client.users.list())));
}

function addCreation(group: Command, terminal: Terminal): void {
  const leaf = addLeaf(group, 'create', {
    summary: 'create a user, who may do what the options say',
    examples: ['user create ann secret --global read-streams,poll-messages'],
  })
    .argument('<name>', 'name, 3 to 50 bytes')
    .argument('<new-password>', 'password of the new user, 3 to 100 bytes')
    .addOption(statusOption());
  addPermissionOptions(leaf).action(
    withClient(
      terminal,
      async (
        { client },
        { status, ...options }: StatusOptions & PermissionOptions,
        name: string,
        password: string,
      ) => {
        const permissions = permissionsOf(options);
        const user = await client.users.create(name, password, { status, permissions });
        return sentence(`Created user ${name} with id ${user.id}.`, userFacts(user));
      },
    ),
  );
}

function addChanges(group: Command, terminal: Terminal): void {
  addLeaf(group, 'update', {
    summary: 'rename a user, or change whether it may log in',
    examples: ['user update ann --name bob', 'user update 1 --status inactive'],
  })
    .argument('<user>', 'id or name', identifier)
    .option('--name <name>', 'new name, 3 to 50 bytes')
    .addOption(statusOption())
    .action(
      withClient(terminal, async ({ client }, { name, status }: UpdateOptions, id: Identifier) => {
        await client.users.update(id, { username: name, status });
        return sentence(`Changed user ${id}.`, { user: id, name, status });
      }),
    );
  const permissions = addLeaf(group, 'permissions', {
    summary: 'replace what a user may do by what the options say, or by nothing',
    examples: ['user permissions ann --stream 1:read-stream --topic 1:0:send-messages'],
  }).argument('<user>', 'id or name', identifier);
  addPermissionOptions(permissions).action(
    withClient(terminal, async ({ client }, options: PermissionOptions, id: Identifier) => {
      await client.users.updatePermissions(id, permissionsOf(options));
      return sentence(`Changed the permissions of user ${id}.`, { user: id });
    }),
  );
}

function addLastVerbs(group: Command, terminal: Terminal): void {
  addLeaf(group, 'password', {
    summary: 'change the password of a user',
    examples: ['user password ann secret better-secret'],
  })
    .argument('<user>', 'id or name', identifier)
    .argument('<current>', 'the current password')
    .argument('<next>', 'the new password, 3 to 100 bytes')
    .action(
      withClient(terminal, async ({ client }, _, id: Identifier, current: string, next: string) => {
        await client.users.changePassword(id, { current, next });
        return sentence(`Changed the password of user ${id}.`, { user: id });
      }),
    );
  addLeaf(group, 'delete', {
    summary: 'delete a user with its tokens',
    examples: ['user delete ann'],
  })
    .argument('<user>', 'id or name', identifier)
    .action(
      withClient(terminal, async ({ client }, _, id: Identifier) => {
        await client.users.delete(id);
        return sentence(`Deleted user ${id}.`, { user: id, deleted: true });
      }),
    );
}

/** `veltro user …` */
export function configure(group: Command, terminal: Terminal): void {
  addCreation(group, terminal);
  addReaders(group, terminal);
  addChanges(group, terminal);
  addLastVerbs(group, terminal);
}
