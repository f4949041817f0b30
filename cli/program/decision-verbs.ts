import type { Command } from 'commander';
import type { AlarmOptions } from '../verbs/alarm.ts';
import type { CancelOptions } from '../verbs/cancel.ts';
import type { DecideOptions } from '../verbs/decide.ts';
import type { DeployOptions } from '../verbs/deploy.ts';
import type { PromoteOptions } from '../verbs/promote.ts';
import type { RollbackOptions } from '../verbs/rollback.ts';
import type { VoteOptions } from '../verbs/vote.ts';
import { collect, type Run, wholeNumber, withExamples, withServer } from './verb.ts';

const RELEASE = '<release...>';
const RELEASE_HINT = 'a release such as shop#2';

/** What people decide. */
export function addDecisionVerbs(program: Command, run: Run): void {
  addPromote(program, run);
  addVote(program, run, 'approve', 'say yes to a stage that waits');
  addVote(program, run, 'reject', 'say no to a stage that waits');
  addVote(program, run, 'withdraw', 'take back what you said to a stage that waits');
  addDecide(program, run);
  addCancel(program, run);
  addDeploy(program, run);
  addRollback(program, run);
  addAlarm(program, run);
}

function addPromote(program: Command, run: Run): void {
  const command = program
    .command('promote')
    .argument(RELEASE, RELEASE_HINT)
    .description('take a release through one stage, again or later, and follow it there')
    .requiredOption('--to <stage>', 'the stage')
    .option('--reason <text>', 'why')
    .option('--run-again <job>', 'a job that ran well there for the release, to be run once more; may be repeated', collect)
    .option('--wait', 'follow it to the end of the stage, also at gates')
    .option('--no-wait', 'return at once');
  withExamples(withServer(command), [
    "tidegate promote 'shop#2' --to production",
    "tidegate promote 'shop#2' --to production --run-again migrate",
  ]).action((words: string[], options: PromoteOptions, self: Command) => {
    const { wait: _, ...rest } = options;
    const wish = self.getOptionValueSource('wait') === 'cli' && options.wait !== undefined ? { ...rest, wait: options.wait } : rest;
    return run(async (context) => (await import('../verbs/promote.ts')).promote(context, words, wish));
  });
}

function addVote(program: Command, run: Run, decision: 'approve' | 'reject' | 'withdraw', description: string): void {
  const command = program
    .command(decision)
    .argument(RELEASE, RELEASE_HINT)
    .description(description)
    .option('--stage <stage>', 'the stage; may be left out where one waits')
    .option('--comment <text>', 'why, for the record')
    .option('--plan <hash>', 'the plan that you saw; the vote counts for no other');
  if (decision === 'approve') command.option('--input <json>', "what the gate's form asks for; kept for good, no place for secrets");
  withExamples(withServer(command), [`tidegate ${decision} 'shop#2' --stage production --comment "seen in staging"`]).action(
    (words: string[], options: VoteOptions) =>
      run(async (context) => (await import('../verbs/vote.ts')).vote(context, decision, words, options)),
  );
}

function addDecide(program: Command, run: Run): void {
  const command = program
    .command('decide')
    .argument('<words...>', 'a release such as shop#2, then retry, skip, exclude, proceed or roll-back')
    .usage('[options] <release> <retry|skip|exclude|proceed|roll-back>')
    .description('say what becomes of a host that failed, or of an unclear canary, while its deployment asks')
    .option('--stage <stage>', 'the stage; may be left out where one asks')
    .option('--host <host>', 'the host; may be left out where one question waits, and about a canary')
    .option('--question <id>', 'the question that you saw, as status names it; the answer counts for no other')
    .option('--reason <text>', 'why, for the record');
  withExamples(withServer(command), [
    "tidegate decide 'shop#2' --stage production --host production-2 --question 2.1 retry",
    "tidegate decide 'shop#2' skip --reason 'the disk is being replaced'",
    "tidegate decide 'shop#2' proceed --reason 'few requests at night, and all of them well'",
  ]).action((words: string[], options: DecideOptions) =>
    run(async (context) => (await import('../verbs/decide.ts')).decide(context, words, options)),
  );
}

function addCancel(program: Command, run: Run): void {
  const command = program
    .command('cancel')
    .argument(RELEASE, RELEASE_HINT)
    .description('stop a release; what it was deploying returns to the last good release')
    .requiredOption('--reason <text>', 'why');
  withExamples(withServer(command), [`tidegate cancel 'shop#2' --reason "wrong branch"`]).action(
    (words: string[], options: CancelOptions) =>
      run(async (context) => (await import('../verbs/cancel.ts')).cancel(context, words, options)),
  );
}

function addDeploy(program: Command, run: Run): void {
  const command = program
    .command('deploy')
    .argument('[application]', 'may be left out where there is one')
    .description('bring one host to what its environment runs, as when it was rebuilt, and follow it')
    .requiredOption('--environment <name>', 'the environment')
    .requiredOption('--host <host>', 'the host')
    .option('--reason <text>', 'why, for the record', '')
    .option('--plan-only', 'show what would be done, and change nothing')
    .option('--no-wait', 'return at once');
  withExamples(withServer(command), [
    'tidegate deploy shop --environment production --host production-2 --reason "new machine"',
    'tidegate deploy shop --environment production --host production-2 --plan-only',
  ]).action((application: string | undefined, options: DeployOptions) =>
    run(async (context) => (await import('../verbs/deploy.ts')).deploy(context, application, options)),
  );
}

function addRollback(program: Command, run: Run): void {
  const command = program
    .command('rollback')
    .argument('[application]', 'may be left out where there is one')
    .description('return an environment to a release that was good there, and wait until it serves')
    .requiredOption('--environment <name>', 'the environment')
    .option('--to <number>', 'the release to return to; else the last good one', wholeNumber('--to'))
    .requiredOption('--reason <text>', 'why')
    .option('--past-block', 'also to a release that is blocked')
    .option('--past-forward-only', 'also past jobs that nothing undoes: you know that the earlier release bears what they did')
    .option('--no-wait', 'return at once');
  withExamples(withServer(command), [
    'tidegate rollback shop --environment production --reason "checkout fails"',
    'tidegate rollback shop --environment production --to 1 --reason "checkout fails"',
  ]).action((application: string | undefined, options: RollbackOptions) =>
    run(async (context) => (await import('../verbs/rollback.ts')).rollback(context, application, options)),
  );
}

function addAlarm(program: Command, run: Run): void {
  const command = program
    .command('alarm')
    .argument(RELEASE, RELEASE_HINT)
    .description('take back a release in its bake time, for one of the alarms of its environment')
    .requiredOption('--environment <name>', 'the environment')
    .requiredOption('--name <alarm>', 'the alarm')
    .requiredOption('--reason <text>', 'what was seen');
  withExamples(withServer(command), ["tidegate alarm 'shop#2' --environment production --name pager --reason 'checkout fails'"]).action(
    (words: string[], options: AlarmOptions) => run(async (context) => (await import('../verbs/alarm.ts')).alarm(context, words, options)),
  );
}
