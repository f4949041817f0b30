import { parseArgs, types } from 'node:util';
import { Secret } from '../domain/secret.ts';
import type { GitHubAccount } from './parts/github.ts';

/** What the demo was started with. */
export interface DemoOptions {
  readonly action: 'run' | 'stop' | 'clean';
  /** Everything stays up at the end. */
  readonly keep: boolean;
  /** One JSON document on stdout, the story on stderr. */
  readonly json: boolean;
  readonly directory: string;
  /** The real GitHub, where a token and a repository are given. */
  readonly github?: GitHubAccount;
  /** The user's own Docker engine, where the demo is to use that one. */
  readonly docker?: string;
  /** The user's own Temporal. */
  readonly temporalAddress?: string;
  /** What the demo's own processes are started with. */
  readonly variables: Readonly<Record<string, string>>;
}

export const HELP = `npm run demo -- [options]

  --json                            one JSON document on stdout, the story on stderr
  --keep                            leave everything up at the end; --stop and the next run end it
  --stop                            stop what --keep left up
  --clean                           remove everything that the demo and its set-up made
  --directory <folder>              where the demo keeps its things (.tidegate/demo)
  --github-repository <owner/name>  tell the real GitHub, with the token of GITHUB_TOKEN; the demo pushes its commits there

It uses DOCKER_HOST or the current Docker context, TEMPORAL_ADDRESS and TEMPORAL_CLI where they are set.`;

/** Reads arguments and environment. Throws BadOptions, or HelpWanted. */
export function readOptions(args: readonly string[], variables: Readonly<Record<string, string | undefined>>): DemoOptions {
  const { help, json, keep, stop, clean, directory, 'github-repository': repository } = parse(args);
  if (help) throw new HelpWanted();
  if ([keep, stop, clean].filter(Boolean).length > 1) throw new BadOptions('--keep, --stop and --clean exclude each other');
  const { TIDEGATE_DOCKER, TEMPORAL_ADDRESS } = variables;
  return {
    action: stop ? 'stop' : clean ? 'clean' : 'run',
    keep,
    json,
    directory,
    ...(repository === undefined ? {} : { github: gitHubAccount(repository, variables) }),
    ...(TIDEGATE_DOCKER ? { docker: TIDEGATE_DOCKER } : {}),
    ...(TEMPORAL_ADDRESS ? { temporalAddress: TEMPORAL_ADDRESS } : {}),
    variables: forProcesses(variables),
  };
}

function parse(args: readonly string[]) {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { ...flag, short: 'h' },
        json: flag,
        keep: flag,
        stop: flag,
        clean: flag,
        directory: { type: 'string', default: '.tidegate/demo' },
        'github-repository': { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new BadOptions(types.isNativeError(error) ? error.message : String(error));
  }
}

function gitHubAccount(repository: string, variables: Readonly<Record<string, string | undefined>>): GitHubAccount {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new BadOptions(`--github-repository is owner/name, and is ${repository}`);
  if (!variables.GITHUB_TOKEN)
    throw new BadOptions('--github-repository needs a token that may write statuses and contents, in GITHUB_TOKEN');
  // The names under which GitHub's own runners tell where GitHub is.
  const { GITHUB_API_URL = 'https://api.github.com', GITHUB_SERVER_URL = 'https://github.com' } = variables;
  return { repository, api: GITHUB_API_URL, server: GITHUB_SERVER_URL, token: new Secret(variables.GITHUB_TOKEN) };
}

/** Another installation's server and token are not for the demo's commands. */
function forProcesses(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const foreign = ['TIDEGATE_URL', 'TIDEGATE_TOKEN'];
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined || foreign.includes(name) ? [] : [[name, value]])),
  );
}

export class HelpWanted extends Error {
  override readonly name = 'HelpWanted';
}

export class BadOptions extends Error {
  override readonly name = 'BadOptions';
}
