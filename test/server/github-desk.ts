import { PipelineInvalid } from '../../config/errors.ts';
import type { Digest } from '../../domain/digest.ts';
import type { ClaimedDelivery, Settlement } from '../../domain/inbox/delivery.ts';
import { SOURCES } from '../../domain/inbox/github-sources.ts';
import type { OriginEvidence } from '../../domain/origin.ts';
import type { RoleRule } from '../../domain/people/directory.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { Trigger } from '../../domain/triggers.ts';
import { githubDeliveries } from '../../server/github/github-deliveries.ts';
import type { GitHubParts, TriggeredApplication } from '../../server/github/parts.ts';
import type { ServerParts } from '../../server/ports.ts';
import { FakeRegister } from '../support/fake-register.ts';
import { FakeReleaseEngine } from '../support/fake-release-engine.ts';
import { digestOf, SHOP } from '../support/shop.ts';
import { FakeGitHub } from './fake-github.ts';

export const RITA = { id: 7, login: 'rita-codes', type: 'User' };
export const SAM = { id: 8, login: 'sam', type: 'User' };
export const APP = 4711;
/** As the App's own hook tells. */
export const BY_APP = { source: SOURCES.app };

export const [A, B, C, X] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(40)) as [string, string, string, string];
export const NONE = '0'.repeat(40);

/** What a delivery of a push tells. */
export const push = (after: string, before = NONE, ref = 'refs/heads/main') => ({ ref, before, after, deleted: after === NONE });

/** What is said of a release of which only the delivery says who set it off. */
export const unproved = (release: number) =>
  `release ${release} of shop; by itself it goes to staging alone, as only the delivery says that rita-codes set it off: 'tidegate promote shop#${release} --to STAGE' takes it further, and what the GitHub App's own webhook tells of (github.app.webhookSecret) goes further by itself`;

/** What takes deliveries of GitHub on, with everything beyond it in memory; a test changes what it is about. */
export class GitHubDesk {
  readonly github = new FakeGitHub();
  readonly engine = new FakeReleaseEngine();
  readonly register = new FakeRegister();
  readonly heads = new Map<string, string>();
  readonly handled = new Map<string, number>();
  readonly logged: string[] = [];
  applications: TriggeredApplication[] = [{ name: 'shop', repository: 'acme/shop', triggers: [] }];
  people = new Map([[RITA.id, 'rita']]);
  roles: RoleRule[] = [];
  asksWhoStarted: string[] = ['production'];
  pipeline: Pipeline = SHOP;
  /** Where tags of the registry lead; all others to one image. */
  readonly tags = new Map<string, Digest>();
  /** Pipelines that some commits have instead. */
  readonly pipelines = new Map<string, Pipeline>();
  /** When deliveries came: long ago, so that GitHub's servers no longer lag behind. */
  receivedAt = '2026-03-02T09:30:00.000Z';
  count = 0;
  /** What is known of where images come from. */
  origin: OriginEvidence = { signed: [], own: [] };

  /** Takes a delivery on as the server does, and remembers what became of it as the inbox does. */
  async deliver(event: string, payload: object, { source = 'github', id = `d${this.count + 1}` } = {}): Promise<Settlement> {
    this.count += 1;
    const number = this.count;
    const whole = { repository: { id: this.github.id, full_name: this.github.name }, sender: RITA, ...payload };
    const body = JSON.stringify(whole);
    const { receivedAt } = this;
    const delivery: ClaimedDelivery = { number, source, id, event, contentType: 'application/json', body, receivedAt, attempts: 1 };
    const settlement = await githubDeliveries(this.#parts())(delivery).handle(AbortSignal.timeout(60_000));
    if ('subject' in settlement && settlement.subject !== undefined) this.handled.set(settlement.subject, number);
    return settlement;
  }

  /** The commits of all releases. */
  released(): readonly (string | undefined)[] {
    return this.register.records.map(({ record }) => record.commit);
  }

  #parts(): GitHubParts {
    const { github, heads, handled, applications, people, roles, asksWhoStarted } = this;
    return {
      server: this.#server(),
      github,
      inbox: {
        handled: async (subject) => handled.get(subject),
        head: async (place) => heads.get(place),
        setHead: async (place, head) => void heads.set(place, head),
      },
      applications,
      people,
      directory: { groups: [{ name: 'releases', people: ['rita'], claims: [] }], roles },
      asksWhoStarted,
      app: APP,
    };
  }

  #server(): ServerParts {
    const log = (_facts: object, message: string) => void this.logged.push(message);
    return {
      engine: this.engine,
      register: this.register,
      applications: ['shop', 'kiosk'],
      environments: ['staging', 'production'],
      decisions: { standing: async () => ({ blocks: [] }) },
      sources: {
        resolve: async (_name: string, ref: string) => ref,
        leadsTo: async (_name: string, commit: string) => this.github.parents.has(commit),
        pipeline: async (name: string, commit = '') =>
          name === 'shop' ? (this.pipelines.get(commit) ?? this.pipeline) : Promise.reject(new PipelineInvalid([])),
      },
      images: {
        resolve: async (_repository: string, tag: string) => this.tags.get(tag) ?? digestOf('a'),
        has: async () => true,
        origin: async () => this.origin,
      },
      log: { info: log, error: log },
    } as unknown as ServerParts;
  }
}

/** A desk whose shop has triggers, and whose main branch somebody has pushed to. */
export class TriggerDesk extends GitHubDesk {
  triggers: Trigger[] = [{ on: 'push', branches: ['main', 'release/**'] }];

  constructor() {
    super();
    this.github.push('main', A);
  }

  override deliver(event: string, payload: object, how: { readonly id?: string; readonly source?: string } = {}): Promise<Settlement> {
    const { applications, triggers } = this;
    if (applications.length === 1) this.applications = [{ name: 'shop', repository: 'acme/shop', ...applications[0], triggers }];
    return super.deliver(event, payload, how);
  }
}
