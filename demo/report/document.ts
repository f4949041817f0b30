/** Component to digest, `sha256:…`. */
export type Digests = Readonly<Record<string, string>>;

/** One stage of a release. Where several hosts are meant, `digests` is what the first of them runs, and `hosts` has all. */
export interface StageFacts {
  readonly name: string;
  /** `passed`, `rolled back`, … */
  readonly outcome: string;
  /** As seen by inspection: in the registry for a build, on hosts for everything else. */
  readonly digests: Digests;
  readonly hosts: Readonly<Record<string, Digests>>;
  readonly milliseconds: number;
}

/** What GitHub was told of a commit. */
export interface StatusFacts {
  readonly context: string;
  readonly state: string;
  readonly description: string;
}

export interface ReleaseFacts {
  readonly version: string;
  readonly release: number;
  readonly commit: string;
  /** `promoted`, `rolled back`, … */
  readonly outcome: string;
  /** Of `tidegate watch`, which followed it to its end. */
  readonly exitCode: number;
  /** Its last line. */
  readonly said: string;
  readonly stages: readonly StageFacts[];
  /** Oldest first. */
  readonly statuses: readonly StatusFacts[];
}

/** The return to an earlier release by hand. */
export interface RollbackFacts {
  readonly environment: string;
  readonly from: string;
  readonly to: string;
  readonly exitCode: number;
  readonly milliseconds: number;
  /** What the environment's hosts run afterwards. */
  readonly hosts: Readonly<Record<string, Digests>>;
}

/** What users saw of production while it changed. */
export interface RequestFacts {
  readonly sent: number;
  /** No answer, a reset, an answer cut short, or a status of 500 or more. */
  readonly lost: number;
  /** Answers by the version that gave them, as they say themselves. */
  readonly byVersion: Readonly<Record<string, number>>;
  /** Each different way in which a request was lost, once. */
  readonly errors: readonly string[];
}

/** The demo's facts: what `npm run demo -- --json` prints. */
export interface DemoDocument {
  readonly releases: readonly ReleaseFacts[];
  readonly rollback: RollbackFacts;
  readonly requests: RequestFacts;
  /** The whole demo, from nothing to the table. */
  readonly milliseconds: number;
}

/** As people and GitHub read a state's name: `rolled back`. */
export function wordOf(state: string): string {
  return state.replaceAll('-', ' ');
}

/** What was seen of one stage on each host, as one: the first host's digests, and all of them for comparison. */
export function stageFacts(
  stage: { readonly name: string; readonly kind: string; readonly milliseconds: number },
  seen: Readonly<Record<string, Digests>>,
): StageFacts {
  const [first = {}] = Object.values(seen);
  return { name: stage.name, outcome: wordOf(stage.kind), digests: first, hosts: seen, milliseconds: stage.milliseconds };
}

/** Answers by version: `identities` are counted by the deployment that answered, `versions` says whose each deployment was. */
export function answersByVersion(
  identities: Readonly<Record<string, number>>,
  versions: Readonly<Record<string, string>>,
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [identity, count] of Object.entries(identities)) {
    const version = versions[identity] ?? 'unknown';
    counts[version] = (counts[version] ?? 0) + count;
  }
  return counts;
}
