import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { RetentionParts, RetentionSettings } from '../../activities/retention/ports.ts';
import { createRetentionActivities } from '../../activities/retention.ts';
import type { LedgerStore } from '../../adapters/ledger/ledger-store.ts';
import { openLedger } from '../../adapters/ledger/open-ledger.ts';
import { createImageLibrary } from '../../adapters/registry/library/image-library.ts';
import { connectRegistries } from '../../adapters/registry/registries.ts';
import { sha256 } from '../../config/hash.ts';
import type { Digest } from '../../domain/digest.ts';
import type { EnvironmentStatus } from '../../domain/environment-status.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { Descriptor } from '../../domain/oci-manifest.ts';
import type { ReleaseName } from '../../domain/retention-protection.ts';
import { recordsOf } from '../../domain/retention-records.ts';
import type { RetentionReport } from '../../domain/retention-report.ts';
import type { KeepRule } from '../../domain/retention-rules.ts';
import { CountedRegistry } from './copy-lab.ts';
import { emptyEnvironment } from './fake-release-engine.ts';
import { bytesOf, type Pusher, TYPES } from './pushed-images.ts';

const DAY_MS = 86_400_000;
const ROUTER = { repository: 'registry.test/tidegate/router', digest: `sha256:${'9'.repeat(64)}` as Digest };

export const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();

/** A real registry and a real ledger, and what the engine and the installation file would say. */
export class RetentionLab {
  /** What the engine answers; a test sets it. */
  statuses: readonly EnvironmentStatus[] = [];
  underWay: readonly ReleaseName[] = [];
  settings: RetentionSettings = { rules: [], holds: [], router: ROUTER, places: [] };
  /** Called before each answer about what must stay; what it throws is what the engine throws. */
  onProtection: () => Promise<void> = async () => undefined;
  #repositories = 0;
  #runs = 0;

  private constructor(
    readonly registry: CountedRegistry,
    readonly ledger: LedgerStore,
    readonly ledgerFile: string,
    private readonly directory: string,
  ) {}

  static async start(program?: string): Promise<RetentionLab> {
    const directory = await mkdtemp(join(tmpdir(), 'retention-'));
    const ledgerFile = join(directory, 'ledger.db');
    return new RetentionLab(await CountedRegistry.start(program), await openLedger({ file: ledgerFile }), ledgerFile, directory);
  }

  async stop(): Promise<void> {
    this.ledger.close();
    await this.registry.stop();
    await rm(this.directory, { recursive: true });
  }

  /** A repository that no other test has, with what is pushed to it past the proxy that counts. */
  repository(keep?: Partial<KeepRule>): LabRepository {
    this.#repositories += 1;
    const repository = new LabRepository(this, `library-${this.#repositories}/web`);
    if (keep !== undefined) {
      const rules = [...this.settings.rules, { match: repository.name, keep: { tags: [], ...keep } }];
      this.settings = { ...this.settings, rules };
    }
    return repository;
  }

  /** Forgets what earlier tests set. */
  reset(): void {
    this.statuses = [];
    this.underWay = [];
    this.settings = { rules: [], holds: [], router: ROUTER, places: [] };
    this.onProtection = async () => undefined;
    this.registry.proxy.meddle = () => false;
    this.registry.proxy.forget();
  }

  nextRun(): string {
    this.#runs += 1;
    return `run-${this.#runs}`;
  }

  /** New clients each time, as after a restart. */
  parts(more: Partial<RetentionParts> = {}): RetentionParts {
    const { open } = connectRegistries({
      credentials: async () => undefined,
      access: () => ({ plainHttp: true }),
      limits: { repetitions: 0 },
    });
    return {
      library: createImageLibrary(open),
      deployed: {
        read: async () => {
          await this.onProtection();
          return { statuses: this.statuses, underWay: this.underWay };
        },
      },
      ledger: this.ledger,
      settings: async () => this.settings,
      hash: sha256,
      now: Date.now,
      ...more,
    };
  }

  /** An environment that runs these images. */
  running(...digests: readonly Digest[]): EnvironmentStatus {
    const components = digests.map((digest, index) => ({
      name: `c${index}`,
      image: { repository: 'registry.test/elsewhere', digest },
      run: {
        environment: {},
        volumes: [],
        health: { kind: 'running', stableMs: 0, deadlineMs: 1 },
        stopGraceMs: 0,
        drainMs: 0,
        replicas: 1,
      },
      specHash: 's',
    })) as never;
    const release = { application: 'shop', number: 12, components };
    const current = { release, deployment: 'deployment/shop/production/3', generation: 3, since: daysAgo(400) };
    return { ...emptyEnvironment('shop', 'production'), current, generation: 3 };
  }
}

/** One repository of the lab. */
export class LabRepository {
  readonly pusher: Pusher;
  #layer: Promise<Descriptor> | undefined;

  constructor(
    private readonly lab: RetentionLab,
    readonly path: string,
  ) {
    this.pusher = lab.registry.pusher(path);
  }

  /** As the client under test calls it: through the proxy. */
  get name(): string {
    return `${this.lab.registry.address}/${this.path}`;
  }

  /** A container's image that says that it was made so many days ago. */
  async image(seed: string, days: number, more: { readonly tag?: string; readonly subject?: Descriptor } = {}): Promise<Descriptor> {
    const created = daysAgo(days);
    const config = await this.pusher.blob(Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', created, seed })), TYPES.config);
    this.#layer ??= this.pusher.blob(bytesOf('a layer that all share', 500));
    const layers = [await this.#layer];
    const { subject } = more;
    const about = subject && { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } };
    return this.pusher.manifest({ schemaVersion: 2, mediaType: TYPES.manifest, config, layers, ...about }, TYPES.manifest, more.tag);
  }

  /** Another name for something that is there. */
  async tag(name: string, { digest, mediaType }: Pick<Descriptor, 'digest' | 'mediaType'>): Promise<void> {
    const bytes = await this.pusher.read(digest);
    if (bytes === undefined) throw new Error(`${digest} is not there`);
    await fetch(`http://${this.lab.registry.registry.address}/v2/${this.path}/manifests/${name}`, {
      method: 'PUT',
      body: new Uint8Array(bytes),
      headers: { 'content-type': mediaType },
    });
  }

  /** A release of the application with this image, in the ledger. */
  async release(application: string, { digest }: Pick<Descriptor, 'digest'>): Promise<number> {
    const images = { web: { repository: this.name, digest } };
    const { record } = await this.lab.ledger.register({ application, key: `${application}/${digest}`, images, initiator: 'dev' });
    return record.number;
  }

  look(parts: RetentionParts = this.lab.parts()): Promise<RetentionReport> {
    const { planRetention } = createRetentionActivities(parts);
    return new MockActivityEnvironment().run(planRetention, { repository: this.name, detail: 1_000_000 });
  }

  apply(
    more: {
      readonly parts?: RetentionParts;
      readonly run?: string;
      readonly planHash?: string;
      readonly activity?: MockActivityEnvironment;
    } = {},
  ): Promise<RetentionReport> {
    const { applyRetention } = createRetentionActivities(more.parts ?? this.lab.parts());
    const run = { id: more.run ?? this.lab.nextRun(), actor: 'rita' };
    const order = { repository: this.name, run, detail: 1_000_000, ...(more.planHash !== undefined && { planHash: more.planHash }) };
    return (more.activity ?? new MockActivityEnvironment()).run(applyRetention, order);
  }

  /** Every manifest that the registry holds here, whether anything names it or not. */
  async manifests(): Promise<ReadonlySet<string>> {
    const { manifests } = await this.lab.registry.held(this.path);
    const there = await Promise.all(manifests.map(async (digest) => ((await this.pusher.read(digest)) === undefined ? [] : [digest])));
    return new Set(there.flat());
  }

  async tags(): Promise<readonly string[]> {
    return (await this.lab.registry.held(this.path)).tags;
  }

  /** What tags promise and the registry does not hold. */
  async broken(): Promise<readonly string[]> {
    const lacking = await Promise.all((await this.tags()).map((tag) => this.pusher.lacking(tag)));
    return lacking.flat();
  }

  /** Where the registry keeps the repository on its disk. */
  get folder(): string {
    return this.lab.registry.folder(this.path);
  }

  records(): Promise<readonly LedgerEntry[]> {
    return this.lab.ledger.entriesUnder(recordsOf(this.name));
  }
}
