import type { Command } from 'commander';
import type { GitHubCheckOptions } from '../github/check.ts';
import type { SetupOptions } from '../github/setup.ts';
import { type Run, withExamples, withJson } from './verb.ts';

/** What ties an installation to GitHub; no server is asked. */
export function addGitHubVerbs(program: Command, run: Run): void {
  const github = program.command('github').description('make a GitHub App for this installation, and see what it may do');
  withExamples(github, ['tidegate github setup --organization acme', 'tidegate github check']);
  addCheck(github, run);
  addSetup(github, run);
}

function withInstallation(command: Command): Command {
  return withJson(command).option('--config <file>', 'the installation file; else the nearest tidegate.yaml upwards');
}

function addCheck(github: Command, run: Run): void {
  const command = github
    .command('check')
    .description('say which permissions are missing in which repository; writes nothing. Ends with 1 when one is');
  withExamples(withInstallation(command), ['tidegate github check']).action((options: GitHubCheckOptions) =>
    run(async (context) => (await import('../github/check.ts')).check(context, options)),
  );
}

function addSetup(github: Command, run: Run): void {
  const command = github
    .command('setup')
    .description('make a GitHub App in the browser; its private key comes to this machine alone')
    .option('--organization <name>', 'the organisation that shall own it; else whoever is signed in there')
    .option('--name <name>', 'its name, which is taken once in all of GitHub; by default tidegate- and the name of the installation')
    .option('--github <url>', "GitHub's address for people; by default that of github.api in the installation file");
  withExamples(withInstallation(command), [
    'tidegate github setup',
    'tidegate github setup --organization acme --name acme-tidegate',
  ]).action((options: SetupOptions) => run(async (context) => (await import('../github/setup.ts')).setup(context, options)));
}
