import type { IncomingHttpHeaders } from 'node:http';
import type { Registry } from '../activities/images.ts';
import type { Decisions } from '../activities/standing.ts';
import type { InboxStore } from '../adapters/ledger/inbox/inbox-store.ts';
import type { LedgerAudit } from '../adapters/ledger/ledger-store.ts';
import type { HostDossier } from '../domain/dossier.ts';
import type { Images, PinnedImage } from '../domain/image.ts';
import type { OriginEvidence } from '../domain/origin.ts';
import type { Directory } from '../domain/people/directory.ts';
import type { KnownBy, Telling } from '../domain/people/known-by.ts';
import type { Person } from '../domain/people/person.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { ReleaseRecord } from '../domain/release.ts';
import type { ReleaseEngine } from '../temporal/engine.ts';
import type { RetentionDesk } from '../temporal/retention-desk.ts';
import type { SenderAuthenticator } from './inbox/senders.ts';
import type { TokenDesk } from './token-desk.ts';

/** Who a credential belongs to, and how that is known. */
export interface SignedIn {
  readonly person: Person;
  /** For the ledger: `token 3f9a…`, say. Holds no secret. */
  readonly authentication: string;
  /** When the credential ends, ISO 8601; absent for one that does not end by itself. */
  readonly expiresAt?: string;
  /** The id of a token that somebody made. */
  readonly tokenId?: string;
}

/** What tidegate.yaml says of people. */
export interface KnownPeople {
  readonly listed: readonly { readonly name: string; readonly subject?: string }[];
  readonly directory: Directory;
}

/** How people sign in who have no token; undefined where they cannot. */
export interface SignInOffer {
  readonly issuer: string;
  readonly client: string;
  readonly scopes: readonly string[];
}

/** Whose credential this is; undefined for one that is nobody's. Throws Unauthenticated where the holder can be told more, and OutsideUnavailable. */
export type Authenticator = (credential: string) => Promise<SignedIn | undefined>;

/** A message of a webhook, as it came. */
export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  /** The very bytes: what was signed. */
  readonly body: Buffer;
}

/** Whether a message comes from who may raise this alarm. Takes as long, and says the same, for an alarm that there is not. Throws SenderUnreadable while its secrets cannot be read. */
export type WebhookAuthenticator = (
  alarm: { readonly environment: string; readonly alarm: string },
  delivery: Delivery,
) => Promise<boolean>;

/** Whether a message comes from the external check of this name. Takes as long, and says the same, for one that there is not. Throws SenderUnreadable while its secrets cannot be read. */
export type CheckAuthenticator = (check: string, delivery: Delivery) => Promise<boolean>;

export interface RegisterRequest {
  readonly application: string;
  /** Two requests with one key are one release. */
  readonly key: string;
  readonly commit?: string;
  readonly images: Images;
  /** Components whose images are not claimed to be of the commit. */
  readonly kept?: readonly string[];
  readonly initiator: string;
  readonly known?: KnownBy;
}

/** What releases there are, and which number each got. */
export interface ReleaseRegister {
  /** Numbers a release and records that it was created, or finds the one with this key. */
  register(request: RegisterRequest): Promise<{ readonly record: ReleaseRecord; readonly created: boolean }>;
  /** Records once that somebody else set a release off that was there already, and once more where that is proved later. */
  addStarter(release: Pick<ReleaseRecord, 'application' | 'number'>, person: string, telling: Telling): Promise<void>;
  release(application: string, number: number): Promise<ReleaseRecord | undefined>;
  /** The number given last; undefined while the application has no release. */
  newest(application: string): Promise<number | undefined>;
  /** Whether this request to promote the release was recorded, whatever became of it and of the release's run since. */
  hasPromotion(application: string, number: number, requestId: string): Promise<boolean>;
  /** Resolves when the ledger answers. */
  ping(): Promise<void>;
}

/** A registry as the server asks it, once, when a release is created. */
export interface ImageResolver extends Registry {
  /** What is known of the commit of the application's own repositories that an image was built from. What is signed counts by what the pipeline's stages ask for. */
  origin(pipeline: Pipeline, image: PinnedImage, options: { readonly signal: AbortSignal }): Promise<OriginEvidence>;
}

/** The applications' git repositories, as the server reads them when a release is created. */
export interface Sources {
  /** The commit (40 digits) that a git reference names now; undefined when the repository has no such reference. */
  resolve(application: string, reference: string, options: { readonly signal: AbortSignal }): Promise<string | undefined>;
  /** Whether a branch or tag of the application's repository leads to a commit now; the refs are those that may, without `refs/heads/` or `refs/tags/`. */
  leadsTo(application: string, commit: string, refs: readonly string[], options: { readonly signal: AbortSignal }): Promise<boolean>;
  /** The pipeline as a commit has it, or the default branch where no commit is given. Throws PipelineInvalid, UnfitRequest. */
  pipeline(application: string, commit: string | undefined, options: { readonly signal: AbortSignal }): Promise<Pipeline>;
}

/** Where the server tells what it cannot tell the caller. */
export interface ServerLog {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** What is kept of containers that failed. */
export interface Dossiers {
  /** Undefined where none is kept under this id. */
  read(id: string): Promise<HostDossier | undefined>;
}

/** The ledger for whoever looks into it: as `LedgerAudit` in adapters/ledger has it. */
export type Audit = LedgerAudit;

/** Deliveries as the API takes and shows them. */
export type Inbox = Pick<InboxStore, 'receive' | 'list' | 'find' | 'replay'>;

/** All that the server is handed. */
export interface ServerParts {
  readonly dossiers: Dossiers;
  readonly engine: ReleaseEngine;
  readonly retention: RetentionDesk;
  readonly register: ReleaseRegister;
  readonly decisions: Decisions;
  readonly audit: Audit;
  readonly images: ImageResolver;
  readonly sources: Sources;
  /** Names of the installation's applications and environments. */
  readonly applications: readonly string[];
  readonly environments: readonly string[];
  readonly people: Authenticator;
  readonly webhooks: WebhookAuthenticator;
  readonly checks: CheckAuthenticator;
  readonly senders: SenderAuthenticator;
  readonly inbox: Inbox;
  readonly tokens: TokenDesk;
  readonly signIn?: SignInOffer;
  readonly version: string;
  readonly log: ServerLog;
}

/** What releases are made, promoted and taken back with, whoever asks. */
export type ActingParts = Omit<ServerParts, 'people' | 'webhooks' | 'checks' | 'senders' | 'inbox' | 'tokens' | 'signIn'>;
