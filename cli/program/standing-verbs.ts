import type { Command } from 'commander';
import type { ApprovalsOptions } from '../verbs/approvals.ts';
import type { BlockOptions } from '../verbs/block.ts';
import type { BreakGlassOptions, RatifyOptions } from '../verbs/break-glass.ts';
import type { DelegateOptions } from '../verbs/delegate.ts';
import type { EndOptions } from '../verbs/end-decision.ts';
import type { FreezeOptions } from '../verbs/freeze.ts';
import type { HoldOptions } from '../verbs/hold.ts';
import type { QueueOptions } from '../verbs/queue.ts';
import type { StandingOptions } from '../verbs/standing.ts';
import { type Run, wholeNumber, withExamples, withServer } from './verb.ts';

/** What people decide beforehand and what stands until it ends. */
export function addStandingVerbs(program: Command, run: Run): void {
  addFreeze(program, run);
  addEnd(program, run, 'unfreeze', 'freeze', 'lift a freeze before its end');
  addBlock(program, run);
  addEnd(program, run, 'unblock', 'block', 'let a blocked release or image be promoted again');
  addHold(program, run);
  addEnd(program, run, 'unhold', 'hold', 'let an environment that is held go forward again');
  addBreakGlass(program, run);
  addRatify(program, run);
  addDelegate(program, run);
  addEnd(program, run, 'undelegate', 'delegation', 'vote yourself again');
  addStanding(program, run);
  addQueue(program, run);
  addApprovals(program, run);
}

function addFreeze(program: Command, run: Run): void {
  const command = program
    .command('freeze')
    .argument('[application]', 'the application; else all of them')
    .description('let nothing go forward until a moment; rollbacks go on')
    .option('--environment <name>', 'the environment; else all of them')
    .option('--everything', 'the whole installation')
    .option('--from <moment>', 'when it begins; else now')
    .option('--until <moment>', 'when it ends')
    .option('--for <duration>', 'how long it lasts, as in 12h')
    .option('--owner <name>', 'whom to ask about it; else you')
    .requiredOption('--reason <text>', 'why');
  withExamples(withServer(command), [
    'tidegate freeze shop --environment production --until 2026-11-30T08:00+01:00 --reason "the sale" --owner sales',
    'tidegate freeze --environment production --for 2h --reason "the network is being moved"',
  ]).action((application: string | undefined, options: FreezeOptions) =>
    run(async (context) => (await import('../verbs/freeze.ts')).freeze(context, application, options)),
  );
}

function addBlock(program: Command, run: Run): void {
  const command = program
    .command('block')
    .argument('[release...]', 'a release such as shop#2')
    .description('keep a release or an image from being promoted, by people and by automation')
    .option('--digest <digest>', 'whatever has this image')
    .requiredOption('--reason <text>', 'why');
  withExamples(withServer(command), [`tidegate block 'shop#2' --reason "loses orders"`]).action((words: string[], options: BlockOptions) =>
    run(async (context) => (await import('../verbs/block.ts')).block(context, words, options)),
  );
}

function addHold(program: Command, run: Run): void {
  const command = program
    .command('hold')
    .argument('[application]', 'may be left out where there is one')
    .description('keep an environment at a release')
    .requiredOption('--environment <name>', 'the environment')
    .option('--at <number>', 'the release; else what runs there now', wholeNumber('--at'))
    .option('--until <moment>', 'when it ends by itself')
    .option('--for <duration>', 'how long it lasts, as in 12h')
    .requiredOption('--reason <text>', 'why');
  withExamples(withServer(command), ['tidegate hold shop --environment production --for 2d --reason "the audit"']).action(
    (application: string | undefined, options: HoldOptions) =>
      run(async (context) => (await import('../verbs/hold.ts')).hold(context, application, options)),
  );
}

function addEnd(program: Command, run: Run, verb: string, kind: 'freeze' | 'block' | 'hold' | 'delegation', description: string): void {
  const command = program
    .command(verb)
    .argument('[id]', `as 'tidegate standing' shows it; may be left out where there is one ${kind}`)
    .description(description)
    .option('--reason <text>', 'why, for the record');
  withExamples(withServer(command), [`tidegate ${verb} ${kind}-1a2b3c4d5e`]).action((id: string | undefined, options: EndOptions) =>
    run(async (context) => (await import('../verbs/end-decision.ts')).endDecision(context, kind, id, options)),
  );
}

function addDelegate(program: Command, run: Run): void {
  const command = program
    .command('delegate')
    .description('let somebody vote in your place until a moment')
    .requiredOption('--to <name>', 'who votes for you; they cannot lend it on')
    .option('--until <moment>', 'when it ends')
    .option('--for <duration>', 'how long it lasts, as in 5d')
    .requiredOption('--reason <text>', 'why');
  withExamples(withServer(command), ['tidegate delegate --to sam --for 5d --reason "on holiday"']).action((options: DelegateOptions) =>
    run(async (context) => (await import('../verbs/delegate.ts')).delegate(context, options)),
  );
}

function addStanding(program: Command, run: Run): void {
  const command = program
    .command('standing')
    .argument('[application]', 'of this application, with what concerns all')
    .description('list freezes, blocks, holds and broken glass that have not ended')
    .option('--environment <name>', 'of this environment, with what concerns all');
  withExamples(withServer(command), ['tidegate standing shop --environment production']).action(
    (application: string | undefined, options: StandingOptions) =>
      run(async (context) => (await import('../verbs/standing.ts')).standing(context, application, options)),
  );
}

function addBreakGlass(program: Command, run: Run): void {
  const command = program
    .command('break-glass')
    .argument('<release...>', 'a release such as shop#2')
    .description('let a release past gates in an emergency; a second person is to ratify it')
    .requiredOption('--environment <name>', 'the environment, and no other')
    .requiredOption('--skip <gates>', "the gates by their names as 'tidegate explain' shows them, separated by commas")
    .requiredOption('--incident <id>', 'the incident that it is for')
    .requiredOption('--reason <text>', 'why');
  withExamples(withServer(command), [
    "tidegate break-glass 'shop#2' --environment production --skip environment/approval,pipeline/window --incident INC-7 --reason 'nobody can pay'",
  ]).action((words: string[], options: BreakGlassOptions) =>
    run(async (context) => (await import('../verbs/break-glass.ts')).breakGlass(context, words, options)),
  );
}

function addRatify(program: Command, run: Run): void {
  const command = program
    .command('ratify')
    .argument('[id]', "as 'tidegate standing' shows it; may be left out where one waits")
    .description("stand by somebody else's breaking of the glass")
    .option('--reason <text>', 'why, for the record');
  withExamples(withServer(command), ['tidegate ratify break-glass-1a2b3c4d5e']).action((id: string | undefined, options: RatifyOptions) =>
    run(async (context) => (await import('../verbs/break-glass.ts')).ratify(context, id, options)),
  );
}

function addQueue(program: Command, run: Run): void {
  const command = program
    .command('queue')
    .argument('<environment>', 'the environment')
    .description('show what waits for an environment, since when, behind whom and why')
    .option('--application <name>', 'of this application alone');
  withExamples(withServer(command), ['tidegate queue production']).action((environment: string, options: QueueOptions) =>
    run(async (context) => (await import('../verbs/queue.ts')).queue(context, environment, options)),
  );
}

function addApprovals(program: Command, run: Run): void {
  const command = program
    .command('approvals')
    .description('list what waits for a person, yours first')
    .option('--application <name>', 'of this application alone');
  withExamples(withServer(command), ['tidegate approvals']).action((options: ApprovalsOptions) =>
    run(async (context) => (await import('../verbs/approvals.ts')).approvals(context, options)),
  );
}
