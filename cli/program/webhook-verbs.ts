import { type Command, Option } from 'commander';
import type { DeliveryState } from '../../domain/inbox/delivery.ts';
import type { CommonOptions } from '../context.ts';
import type { WebhookListOptions } from '../verbs/webhooks.ts';
import { type Run, withExamples, withServer } from './verb.ts';

/** Written out: help loads nothing of the domain. */
const STATES: readonly DeliveryState[] = ['waiting', 'done', 'ignored', 'parked'];

/** What other systems sent, and what became of it. */
export function addWebhookVerbs(program: Command, run: Run): void {
  const webhooks = program.command('webhooks').description('see what GitHub and registries sent, and have it taken on again');
  withExamples(webhooks, ['tidegate webhooks list --state parked', 'tidegate webhooks replay 17']);
  const list = webhooks
    .command('list')
    .description('list deliveries, newest first, with what became of each')
    .addOption(new Option('--state <state>', 'those that stand so alone').choices(STATES))
    .option('--limit <count>', 'at most so many', '50');
  withExamples(withServer(list), ['tidegate webhooks list', 'tidegate webhooks list --state parked']).action(
    (options: WebhookListOptions) => run(async (context) => (await import('../verbs/webhooks.ts')).listWebhooks(context, options)),
  );
  const show = webhooks.command('show').argument('<number>', 'as the list numbers it').description('show a delivery with what it holds');
  withExamples(withServer(show), ['tidegate webhooks show 17']).action((number: string, options: CommonOptions) =>
    run(async (context) => (await import('../verbs/webhooks.ts')).showWebhook(context, number, options)),
  );
  const replay = webhooks
    .command('replay')
    .argument('<number>', 'as the list numbers it')
    .description('have a delivery taken on again; what was done already is done once');
  withExamples(withServer(replay), ['tidegate webhooks replay 17']).action((number: string, options: CommonOptions) =>
    run(async (context) => (await import('../verbs/webhooks.ts')).replayWebhook(context, number, options)),
  );
}
