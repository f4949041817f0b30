import { Secret } from '../../domain/secret.ts';
import { ApiClient } from '../client/api-client.ts';
import { checkedUrl, givenToken, readConnectionFile } from '../client/connection.ts';
import { CredentialsFile, type Login } from '../client/credentials-file.ts';
import { credentialsFolder } from '../client/credentials-folder.ts';
import { readAnswer } from '../client/read-answer.ts';
import { send } from '../client/send.ts';
import { type Context, printJson } from '../context.ts';
import { CommandFailed, ServerUnreachable } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

export interface LoginOptions {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly config?: string;
  readonly json?: boolean;
}

interface SignIn {
  readonly oidc: { readonly issuer: string; readonly client: string; readonly scopes: readonly string[] } | null;
}

const ANSWER_MS = 10_000;

/** Signs in, proves it to the server, and only then keeps it. */
export async function login(context: Context, options: LoginOptions): Promise<ExitCode> {
  const url = await serverOf(context, options);
  const found = await credential(context, options, url);
  const token = new Secret(found.kind === 'token' ? found.token : found.idToken);
  const { person } = await new ApiClient({ url, token }, context.interrupted).people.whoami();
  const file = new CredentialsFile(credentialsFolder());
  await file.keep(url, found);
  if (options.json) printJson(context, { server: url, person, file: file.path });
  else context.terminal.out.line(`Signed in to ${url} as ${person}; 'tidegate logout' forgets it (${file.path})`);
  return EXIT.done;
}

async function serverOf({ environment, directory }: Context, options: LoginOptions): Promise<string> {
  const given = options.server ?? environment.url;
  return given === undefined ? (await readConnectionFile(options, directory)).url : checkedUrl(given);
}

async function credential(context: Context, options: LoginOptions, url: string): Promise<Login> {
  const token = options.tokenFile === undefined ? undefined : await givenToken(options, context.environment, context.directory);
  if (token !== undefined) return { kind: 'token', token: token.reveal() };
  const { oidc } = await askHow(url);
  if (oidc === null)
    throw new CommandFailed(`${url} has no sign-in besides tokens`, 'ask an owner for a token, and give it by --token-file');
  const { signInByDevice } = await import('../client/device-sign-in.ts');
  const { err } = context.terminal;
  return signInByDevice(
    oidc,
    ({ address, code, whole }) => {
      err.line(`Open ${whole ?? address} in a browser, and confirm the code ${err.style('strong', code)}`);
    },
    context.interrupted,
  );
}

async function askHow(url: string): Promise<SignIn> {
  const answer = await send(`${url}/sign-in`, { signal: AbortSignal.timeout(ANSWER_MS) }).catch((error: unknown) => {
    throw new ServerUnreachable(url, error instanceof Error ? error.message : String(error), { cause: error });
  });
  return readAnswer<SignIn>(answer, url);
}
