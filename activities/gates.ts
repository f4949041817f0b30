import type { EnvironmentStatus } from '../domain/environment-status.ts';
import {
  factKey,
  type GateFacts,
  type InPlace,
  type Known,
  type Measurement,
  type Openings,
  placeKey,
  type Stint,
  type TrustVerdict,
} from '../domain/gates/facts.ts';
import { type Horizon, openingsOf } from '../domain/gates/openings.ts';
import type { ApplicationRule, OwnedRules, PrometheusSource, WindowRule } from '../domain/gates/rules.ts';
import { stintsOf } from '../domain/gates/stints.ts';
import type { TrustSubject } from '../domain/trust/subject.ts';
import type { ZoneOffset } from '../domain/zoned-time.ts';
import type { StandingReader } from './standing.ts';
import { cancellation } from './with-heartbeat.ts';

/** Who wrote what is in a repository. */
export interface CommitAuthors {
  /**
   * Authors, committers and co-authors of a commit and of all that is in only one of it and an earlier one, each as `Name <address>`; of all
   * that leads to it where there is no earlier one.
   */
  authors(
    application: string,
    commit: string,
    since: string | undefined,
    options: { readonly signal: AbortSignal },
  ): Promise<readonly string[]>;
}

/** Where gates learn about the world. Each member may fail: the gate that needs it is then closed, and says why. */
export interface GateSources extends StandingReader {
  /** Names of the people who wrote a commit, and what tells it from the one that an environment runs; all of it where that is not known. */
  authors(application: string, commit: string, since: string | undefined): Promise<readonly string[]>;
  environment(application: string, environment: string): Promise<EnvironmentStatus>;
  /** A figure as it is now. */
  measure(source: PrometheusSource): Promise<number>;
  /** Whether images carry what a policy asks, by what is attached to them now. */
  trusts(policy: string, subjects: readonly TrustSubject[], options: TrustOptions): Promise<TrustVerdict>;
  /** How far a zone's clocks are ahead. */
  zone(name: string): ZoneOffset;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface TrustOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for all images; the usual time where it is absent. */
  readonly patienceMs?: number;
}

export interface GateFactsAsked {
  readonly application: string;
  readonly environment: string;
  readonly commit?: string;
  readonly rules: readonly OwnedRules[];
  /** What would come; absent where no rule asks for trust. */
  readonly images?: readonly TrustSubject[];
  /** Milliseconds for reading what is attached to them, where somebody waits. */
  readonly patienceMs?: number;
}

export interface TrustQuestion {
  /** Names. */
  readonly policies: readonly string[];
  readonly images: readonly TrustSubject[];
  /** Milliseconds, where somebody waits. */
  readonly patienceMs?: number;
}

/** By policy. */
export type TrustAnswer = Readonly<Record<string, Known<TrustVerdict>>>;

const DAY_MS = 86_400_000;
/** Windows are read again long before they are used up: whoever waits looks several times a day. */
const HORIZON_MS = 400 * DAY_MS;
const MOST_OPENINGS = 12;

/** What releases ask before a stage starts. Read again as a whole each time: nothing of it is kept. */
export function createGateActivities(sources: GateSources) {
  return {
    async readGateFacts(asked: GateFactsAsked): Promise<GateFacts> {
      const [standing, ...more] = await Promise.all([
        known(() => sources.standing(asked.application, asked.environment)),
        authorsOf(sources, asked),
        stints(sources, asked),
        windows(sources, asked),
        metrics(sources, asked),
        places(sources, asked),
        trustOf(sources, asked),
      ]);
      return Object.assign({ standing }, ...more);
    },

    /** Without anything else that gates know: a way back waits for no ledger. */
    readTrust: (question: TrustQuestion): Promise<TrustAnswer> => readTrust(sources, question),
  };
}

async function known<Value>(read: () => Promise<Value>): Promise<Known<Value>> {
  try {
    return { kind: 'known', value: await read() };
  } catch (error) {
    return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The facts of one kind by their keys, each read for itself; absent where none is asked for. */
async function each<Rule, Value>(
  member: keyof GateFacts,
  rules: readonly (readonly [string, Rule])[],
  read: (rule: Rule) => Promise<Value>,
): Promise<Partial<GateFacts>> {
  if (rules.length === 0) return {};
  const facts = await Promise.all(rules.map(async ([key, rule]) => [key, await known(() => read(rule))] as const));
  return { [member]: Object.fromEntries(facts) };
}

function approvals({ rules }: GateFactsAsked) {
  return rules.flatMap((owned) => owned.approvals ?? []);
}

async function authorsOf(sources: GateSources, asked: GateFactsAsked): Promise<Partial<GateFacts>> {
  if (!approvals(asked).some(({ excludeAuthors }) => excludeAuthors)) return {};
  const { application, environment, commit } = asked;
  if (commit === undefined) return { authors: { kind: 'unknown', reason: 'it was made of images alone, and names no commit' } };
  const authors = await known(async () => {
    const status = await sources.environment(application, environment);
    return sources.authors(application, commit, status.current?.release.commit);
  });
  return { authors };
}

function stints(sources: GateSources, { application, rules }: GateFactsAsked): Promise<Partial<GateFacts>> {
  const environments = rules.flatMap(({ soaks = [] }) => soaks.map(({ environment }) => [environment, environment] as const));
  return each<string, readonly Stint[]>('stints', environments, async (environment) =>
    stintsOf(await sources.environment(application, environment)),
  );
}

function windows(sources: GateSources, { rules }: GateFactsAsked): Promise<Partial<GateFacts>> {
  const from = sources.now();
  const horizon: Horizon = { from, until: from + HORIZON_MS, most: MOST_OPENINGS };
  const named = rules.flatMap((owned) => (owned.windows ?? []).map((rule) => [factKey(owned.origin, rule.name), rule] as const));
  return each<WindowRule, Openings>('windows', named, async (rule) => openingsOf(rule, sources.zone(rule.zone), horizon));
}

/** Routers are read at their sites. */
function metrics(sources: GateSources, { rules }: GateFactsAsked): Promise<Partial<GateFacts>> {
  const named = rules.flatMap((owned) =>
    (owned.metrics ?? []).flatMap(({ name, source }) =>
      source.kind === 'prometheus' ? [[factKey(owned.origin, name), source] as const] : [],
    ),
  );
  return each<PrometheusSource, Measurement>('metrics', named, async (source) => ({
    value: await sources.measure(source),
    at: new Date(sources.now()).toISOString(),
  }));
}

function places(sources: GateSources, { rules }: GateFactsAsked): Promise<Partial<GateFacts>> {
  const named = rules.flatMap((owned) => (owned.applications ?? []).map((rule) => [placeKey(rule), rule] as const));
  return each<ApplicationRule, InPlace>('applications', named, async ({ application, environment }) => {
    const { current, running } = await sources.environment(application, environment);
    if (current === null) return { current, isChanging: running !== null };
    const { number: release, commit } = current.release;
    return { current: { release, ...(commit !== undefined && { commit }) }, isChanging: running !== null };
  });
}

async function trustOf(sources: GateSources, { rules, images = [], patienceMs }: GateFactsAsked): Promise<Partial<GateFacts>> {
  const policies = [...new Set(rules.flatMap(({ trust }) => trust ?? []))];
  return policies.length === 0
    ? {}
    : { trust: await readTrust(sources, { policies, images, ...(patienceMs !== undefined && { patienceMs }) }) };
}

async function readTrust(sources: GateSources, { policies, images, patienceMs }: TrustQuestion): Promise<TrustAnswer> {
  const options = { signal: cancellation(), ...(patienceMs !== undefined && { patienceMs }) };
  const facts = policies.map(async (policy) => [policy, await known(() => sources.trusts(policy, images, options))] as const);
  return Object.fromEntries(await Promise.all(facts));
}
