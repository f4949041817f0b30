import type { Command } from 'commander';
import type { CommonOptions } from '../context.ts';
import type { DossierOptions } from '../verbs/dossier.ts';
import type { ExplainOptions } from '../verbs/explain.ts';
import type { PlanOptions } from '../verbs/plan.ts';
import type { CreateOptions } from '../verbs/release-create.ts';
import type { ListOptions } from '../verbs/release-list.ts';
import type { WatchOptions } from '../verbs/watch.ts';
import { collect, type Run, wholeNumber, withExamples, withServer } from './verb.ts';

/** Making releases and looking at them. */
export function addReleaseVerbs(program: Command, run: Run): void {
  const release = program.command('release').description('make releases and list them');
  withExamples(release, ['tidegate release create shop --commit main', 'tidegate release list shop']);
  addCreate(release, run);
  addList(release, run);
  addStatus(program, run);
  addWatch(program, run);
  addPlan(program, run);
  addExplain(program, run);
  addDossier(program, run);
}

function addExplain(program: Command, run: Run): void {
  const command = program
    .command('explain')
    .argument('<release...>', 'a release such as shop#2')
    .description('say all that stands between a release and its stages, and what to do about it')
    .option('--stage <stage>', 'of this stage alone');
  withExamples(withServer(command), ["tidegate explain 'shop#2' --stage production"]).action((words: string[], options: ExplainOptions) =>
    run(async (context) => (await import('../verbs/explain.ts')).explain(context, words, options)),
  );
}

function addPlan(program: Command, run: Run): void {
  const command = program
    .command('plan')
    .argument('[what...]', 'a release such as shop#2, or an application for its newest release')
    .description('show what a deploy stage would do now, host by host, and change nothing')
    .option('--stage <stage>', 'the stage; may be left out where only one deploys')
    .option(
      '--rollback-to <number>',
      'show instead what a rollback of an environment to this release would do',
      wholeNumber('--rollback-to'),
    )
    .option('--environment <name>', 'the environment of the rollback');
  withExamples(withServer(command), [
    "tidegate plan 'shop#2' --stage production",
    'tidegate plan shop --stage staging --json',
    'tidegate plan shop --environment production --rollback-to 1',
  ]).action((words: string[], options: PlanOptions) =>
    run(async (context) => (await import('../verbs/plan.ts')).plan(context, words, options)),
  );
}

function addCreate(release: Command, run: Run): void {
  const command = release
    .command('create')
    .argument('[application]', 'may be left out where there is one')
    .description('make a release of a commit, of images, or of both')
    .option('--commit <ref>', 'a commit, branch or tag; resolved once')
    .option('--image <component=reference>', 'an image by tag or digest; may be repeated', collect)
    .option('--wait', 'follow it to its end, also at gates')
    .option('--until <stage>', 'follow it until this stage has ended');
  withExamples(withServer(command), [
    'tidegate release create shop --commit main --wait',
    'tidegate release create shop --image web=registry.example.com/shop/web:1.4',
  ]).action((application: string | undefined, options: CreateOptions) =>
    run(async (context) => (await import('../verbs/release-create.ts')).createRelease(context, application, options)),
  );
}

function addList(release: Command, run: Run): void {
  const command = release
    .command('list')
    .argument('[application]', 'all applications when left out')
    .description('list releases, newest first')
    .option('--limit <number>', 'how many, at most 100', wholeNumber('--limit'), 20)
    .option('--cursor <cursor>', 'go on where the page before ended');
  withExamples(withServer(command), ['tidegate release list shop --limit 50']).action(
    (application: string | undefined, options: ListOptions) =>
      run(async (context) => (await import('../verbs/release-list.ts')).listReleases(context, application, options)),
  );
}

function addStatus(program: Command, run: Run): void {
  const command = program
    .command('status')
    .argument('[what...]', 'an application, or a release such as shop#2')
    .description('show environments and recent releases, or one release');
  withExamples(withServer(command), ['tidegate status', 'tidegate status shop', "tidegate status 'shop#2'"]).action(
    (words: string[], options: CommonOptions) =>
      run(async (context) => (await import('../verbs/status.ts')).status(context, words, options)),
  );
}

function addDossier(program: Command, run: Run): void {
  const command = program
    .command('dossier')
    .argument('<release...>', 'a release such as shop#2')
    .description('show what is known of the containers that a failed deployment removed')
    .requiredOption('--stage <stage>', 'the stage')
    .option('--host <host>', 'of this host alone');
  withExamples(withServer(command), ["tidegate dossier 'shop#2' --stage production --host production-2"]).action(
    (words: string[], options: DossierOptions) =>
      run(async (context) => (await import('../verbs/dossier.ts')).dossier(context, words, options)),
  );
}

function addWatch(program: Command, run: Run): void {
  const command = program
    .command('watch')
    .argument('<release...>', 'a release such as shop#2')
    .description('show a release live until it has ended, and end as it ends')
    .option('--until <stage>', 'only until this stage has ended')
    .option('--no-wait', 'stop, with exit code 5, where only a person can open a gate');
  withExamples(withServer(command), ["tidegate watch 'shop#2'", "tidegate watch 'shop#2' --until staging"]).action(
    (words: string[], options: WatchOptions) => run(async (context) => (await import('../verbs/watch.ts')).watch(context, words, options)),
  );
}
