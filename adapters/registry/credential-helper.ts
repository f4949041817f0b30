import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { RegistryCredential } from '../../activities/images.ts';
import { Secret } from '../../domain/secret.ts';

const DEADLINE_MS = 15_000;

/** What helpers say when they keep nothing for a server (docker/docker-credential-helpers, `credentials.ErrCredentialsNotFound`). */
const NOT_FOUND = 'credentials not found';

/** A user name that stands for "the secret is an identity token" (docker/cli, `tokenUsername`). */
const TOKEN_USER = '<token>';

/** The environment in which a helper runs; PATH says where it is. */
export type HelperEnvironment = Readonly<Record<string, string | undefined>>;

/** Asks `docker-credential-NAME get` for a server's credential; undefined when it keeps none. Throws CredentialHelperFailed. */
export async function askCredentialHelper(
  name: string,
  server: string,
  environment: HelperEnvironment,
): Promise<RegistryCredential | undefined> {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) throw new CredentialHelperFailed(name, server, 'that is no name of a helper');
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const { code, output } = await run(`docker-credential-${name}`, server, environment, deadline).catch((cause: unknown) => {
    throw new CredentialHelperFailed(name, server, deadline.aborted ? 'it took too long' : 'it cannot be run', { cause });
  });
  if (code !== 0 && output.includes(NOT_FOUND)) return undefined;
  // What it printed is left out on purpose: nobody knows what a broken helper prints.
  if (code !== 0) throw new CredentialHelperFailed(name, server, `it ended with ${code ?? 'a signal'}`);
  return read(name, server, output);
}

async function run(
  program: string,
  input: string,
  env: HelperEnvironment,
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'], env: { ...env }, signal });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A helper that ends without reading its input breaks the pipe; its exit code tells the rest.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(input);
  const [code, output] = await Promise.all([ended, text(child.stdout)]);
  return { code, output };
}

function read(name: string, server: string, output: string): RegistryCredential | undefined {
  const { Username: username, Secret: secret } = parse(name, server, output);
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw new CredentialHelperFailed(name, server, 'its answer has no Username and Secret');
  }
  if (username === '' && secret === '') return undefined;
  return username === TOKEN_USER ? { identityToken: new Secret(secret) } : { username, password: new Secret(secret) };
}

function parse(name: string, server: string, output: string): { readonly Username?: unknown; readonly Secret?: unknown } {
  try {
    return Object(JSON.parse(output));
  } catch {
    throw new CredentialHelperFailed(name, server, 'its answer is no JSON');
  }
}

/** A credential helper that Docker's configuration names does not do its work. */
export class CredentialHelperFailed extends Error {
  override readonly name = 'CredentialHelperFailed';

  constructor(helper: string, server: string, seen: string, options?: ErrorOptions) {
    super(
      `Expected docker-credential-${helper} to give the credential for ${server}: ${seen}. Try 'echo ${server} | docker-credential-${helper} get' as the worker's user`,
      options,
    );
  }
}
