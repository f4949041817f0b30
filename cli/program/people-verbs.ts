import { type Command, Option } from 'commander';
import type { Role } from '../../domain/people/person.ts';
import type { CommonOptions } from '../context.ts';
import type { LoginOptions } from '../verbs/login.ts';
import type { LogoutOptions } from '../verbs/logout.ts';
import type { TokenCreateOptions } from '../verbs/token-create.ts';
import type { TokenListOptions } from '../verbs/token-list.ts';
import { collect, type Run, withExamples, withJson, withServer } from './verb.ts';

/** Written out: help loads nothing of the domain. */
const ROLES: readonly Role[] = ['viewer', 'developer', 'release-manager', 'owner'];

/** Who somebody is, and by which credential. */
export function addPeopleVerbs(program: Command, run: Run): void {
  addLogin(program, run);
  addLogout(program, run);
  addWhoami(program, run);
  const token = program.command('token').description('make, list and revoke tokens');
  withExamples(token, ['tidegate token create --lifetime 30d --note "nightly build"', 'tidegate token revoke 3f9a0c27d1']);
  addCreate(token, run);
  addList(token, run);
  addRevoke(token, run);
}

function addLogin(program: Command, run: Run): void {
  const command = withJson(program.command('login'))
    .description('sign in to a server, in a browser or by a token, and stay signed in')
    .option('--server <url>', "the server's URL; else TIDEGATE_URL, or the server of the nearest tidegate.yaml")
    .option('--token-file <file>', 'a file that holds your token, instead of the browser')
    .option('--config <file>', 'the installation file; else the nearest tidegate.yaml upwards');
  withExamples(command, [
    'tidegate login --server https://tidegate.example.com',
    'tidegate login --server https://tidegate.example.com --token-file rita.token',
  ]).action((options: LoginOptions) => run(async (context) => (await import('../verbs/login.ts')).login(context, options)));
}

function addLogout(program: Command, run: Run): void {
  const command = withJson(program.command('logout'))
    .description('forget a sign-in on this machine')
    .option('--server <url>', "the server's URL; else the one that was signed in to last");
  withExamples(command, ['tidegate logout']).action((options: LogoutOptions) =>
    run(async (context) => (await import('../verbs/logout.ts')).logout(context, options)),
  );
}

function addWhoami(program: Command, run: Run): void {
  const command = program.command('whoami').description('show whose credential is used, with groups and roles');
  withExamples(withServer(command), ['tidegate whoami']).action((options: CommonOptions) =>
    run(async (context) => (await import('../verbs/whoami.ts')).whoami(context, options)),
  );
}

function addCreate(token: Command, run: Run): void {
  const command = token
    .command('create')
    .description('make a token; it is printed this once, and kept nowhere')
    .requiredOption('--lifetime <duration>', 'until it ends, as in 12h or 30d')
    .option('--note <text>', 'what it is for', '')
    .option('--for <person>', 'whose token it is; else your own')
    .addOption(new Option('--role <role>', 'may do at most what this role may').choices(ROLES))
    .option('--permission <name>', 'may do this alone; may be repeated', collect)
    .option('--application <name>', 'for this application alone')
    .option('--environment <name>', 'for this environment alone');
  withExamples(withServer(command), [
    'tidegate token create --lifetime 30d --note "nightly build" --application shop --role developer > ci.token',
    'tidegate token create --for grafana --lifetime 90d --permission raise-alarm',
  ]).action((options: TokenCreateOptions) =>
    run(async (context) => (await import('../verbs/token-create.ts')).createToken(context, options)),
  );
}

function addList(token: Command, run: Run): void {
  const command = token.command('list').description('list your tokens, without the tokens themselves').option('--all', "everybody's");
  withExamples(withServer(command), ['tidegate token list', 'tidegate token list --all']).action((options: TokenListOptions) =>
    run(async (context) => (await import('../verbs/token-list.ts')).listTokens(context, options)),
  );
}

function addRevoke(token: Command, run: Run): void {
  const command = token.command('revoke').argument('<id>', 'as the list names it').description('end a token at once');
  withExamples(withServer(command), ['tidegate token revoke 3f9a0c27d1']).action((id: string, options: CommonOptions) =>
    run(async (context) => (await import('../verbs/token-revoke.ts')).revokeToken(context, id, options)),
  );
}
