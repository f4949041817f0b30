import type { Trigger } from './triggers.ts';

/** An event of GitHub's that something here waits for: https://docs.github.com/webhooks/webhook-events-and-payloads */
export interface NeededEvent {
  /** Any of these is enough. */
  readonly names: readonly [string, ...string[]];
  /** What it is for. */
  readonly purpose: string;
}

type OnGitHub = Exclude<Trigger['on'], 'image'>;

/** Images that are published are told under a newer and an older name. */
const NAMES: Readonly<Partial<Record<OnGitHub, NeededEvent['names']>>> = { package: ['registry_package', 'package'] };

/** What GitHub has to send for an application's triggers, and for the jobs that wait for its gates. */
export function eventsFor(triggers: readonly Pick<Trigger, 'on'>[], hasGuards: boolean): readonly NeededEvent[] {
  const kinds = [...new Set(triggers.map(({ on }) => on))].filter((on): on is OnGitHub => on !== 'image');
  const guards: readonly NeededEvent[] = hasGuards
    ? [{ names: ['deployment_protection_rule'], purpose: 'for jobs that wait for gates' }]
    : [];
  return [...kinds.map((on) => ({ names: NAMES[on] ?? ([on] as const), purpose: `for triggers on ${on}` })), ...guards];
}

/** Those of which none is sent. */
export function unsent(needed: readonly NeededEvent[], sent: readonly string[]): readonly NeededEvent[] {
  return needed.filter(({ names }) => !names.some((name) => sent.includes(name)));
}
