import { Command } from 'commander';
import { addAuditVerbs } from './program/audit-verbs.ts';
import { addDecisionVerbs } from './program/decision-verbs.ts';
import { addGitHubVerbs } from './program/github-verbs.ts';
import { addGuardVerbs } from './program/guard-verbs.ts';
import { addInstallationVerbs } from './program/installation-verbs.ts';
import { addPeopleVerbs } from './program/people-verbs.ts';
import { addProcessVerbs } from './program/process-verbs.ts';
import { addRegistryVerbs } from './program/registry-verbs.ts';
import { addReleaseVerbs } from './program/release-verbs.ts';
import { addStandingVerbs } from './program/standing-verbs.ts';
import { type Run, withExamples } from './program/verb.ts';
import { addWebhookVerbs } from './program/webhook-verbs.ts';

/** `tidegate` with all its verbs. What a verb does is loaded when it runs: help must not wait for it. */
export function createProgram(version: string, run: Run): Command {
  const program = new Command('tidegate')
    .description('Releases of containers: from build through test and staging to production, by digest, onto plain Docker hosts.')
    .version(version, '-V, --version', 'print the version')
    .helpCommand('help [verb]', 'help for a verb')
    .showSuggestionAfterError()
    .exitOverride();
  withExamples(program, [
    'tidegate up',
    'tidegate release create shop --commit main --wait',
    "tidegate approve 'shop#1' --stage production",
  ]);
  addProcessVerbs(program, run);
  addReleaseVerbs(program, run);
  addDecisionVerbs(program, run);
  addStandingVerbs(program, run);
  addPeopleVerbs(program, run);
  addWebhookVerbs(program, run);
  addGuardVerbs(program, run);
  addAuditVerbs(program, run);
  addInstallationVerbs(program, run);
  addRegistryVerbs(program, run);
  addGitHubVerbs(program, run);
  return program;
}
