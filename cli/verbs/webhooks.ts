import type { DeliveryState, KeptDelivery } from '../../domain/inbox/delivery.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printSince } from '../rendering/durations.ts';
import { type Page, pageOf } from '../rendering/page.ts';
import { oneLine } from '../rendering/plain.ts';
import { printTable } from '../rendering/table.ts';

export interface WebhookListOptions extends CommonOptions {
  readonly state?: DeliveryState;
  readonly limit: string;
}

/** Deliveries, newest first. */
export async function listWebhooks(context: Context, options: WebhookListOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const page = await client.webhooks.deliveries({ limit: options.limit, ...(options.state !== undefined && { state: options.state }) });
  const { out } = context.terminal;
  if (options.json) printJson(context, page);
  else if (page.deliveries.length === 0) out.line('There is no such delivery of the last 90 days');
  else out.line(deliveriesPage(page.deliveries, pageOf(out)));
  return EXIT.done;
}

/** A delivery with what it holds. */
export async function showWebhook(context: Context, number: string, options: CommonOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const delivery = await client.webhooks.delivery(numberOf(number));
  const { out } = context.terminal;
  if (options.json) printJson(context, delivery);
  else {
    out.line(deliveriesPage([delivery], pageOf(out)));
    out.line(`  ${oneLine(`id ${delivery.id}, received ${delivery.receivedAt}`)}`);
    out.line(delivery.body === '' ? '  what it held is kept no more' : oneLine(delivery.body));
  }
  return EXIT.done;
}

/** Has a delivery taken on again. */
export async function replayWebhook(context: Context, number: string, options: CommonOptions): Promise<ExitCode> {
  const client = await connect(context, options);
  const delivery = await client.webhooks.replay(numberOf(number));
  if (options.json) printJson(context, delivery);
  else
    context.terminal.out.line(
      `Delivery ${delivery.number} is taken on again; 'tidegate webhooks show ${delivery.number}' tells what becomes of it`,
    );
  return EXIT.done;
}

const TONES = { waiting: 'strong', done: 'good', ignored: 'quiet', parked: 'bad' } as const satisfies Record<DeliveryState, string>;

function deliveriesPage(deliveries: readonly KeptDelivery[], { style, columns, now }: Page): string {
  const rows = deliveries.map(({ number, source, event, receivedAt, state, detail }) => [
    style('strong', String(number)),
    oneLine(source),
    oneLine(event),
    `${printSince(receivedAt, now)} ago`,
    style(TONES[state], state),
    oneLine(detail),
  ]);
  return printTable(rows, { columns });
}

function numberOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`${JSON.stringify(text)} is no number of a delivery; 'tidegate webhooks list' shows them`);
}
