import type { Command } from 'commander';
import type { CommonOptions } from '../context.ts';
import type { GuardEndOptions } from '../verbs/guards.ts';
import { type Run, withExamples, withServer } from './verb.ts';

/** Jobs of GitHub Actions that wait for gates. */
export function addGuardVerbs(program: Command, run: Run): void {
  const guards = program.command('guards').description('see which runs of GitHub Actions wait for gates, and turn one away');
  withExamples(guards, ['tidegate guards list', "tidegate guards end 42 --environment production --reason 'wrong run'"]);
  const list = guards.command('list').description('list them, oldest first, with what each waits for');
  withExamples(withServer(list), ['tidegate guards list']).action((options: CommonOptions) =>
    run(async (context) => (await import('../verbs/guards.ts')).listGuards(context, options)),
  );
  const end = guards
    .command('end')
    .argument('<run>', "GitHub's number of the run")
    .description('have a run turned away, whatever the gates say')
    .requiredOption('--environment <name>', 'as GitHub calls it')
    .requiredOption('--reason <text>', 'why, for GitHub and the ledger');
  withExamples(withServer(end), ["tidegate guards end 42 --environment production --reason 'wrong run'"]).action(
    (number: string, options: GuardEndOptions) =>
      run(async (context) => (await import('../verbs/guards.ts')).endGuard(context, number, options)),
  );
}
