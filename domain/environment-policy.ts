import type { Alarm } from './alarm.ts';
import type { BreakGlassRules } from './break-glass.ts';
import type { HostReference } from './deployment.ts';
import type { EnvironmentImages } from './environment-images.ts';
import type { ApprovalRule, GateRules } from './gates/rules.ts';
import type { OnFailure } from './guided-failure.ts';
import type { QueuePolicy } from './queue-policy.ts';

/** An environment as its owners configured it; `policyRevision` is the hash of all its rules and of where its images come from. */
export interface EnvironmentPolicy {
  readonly name: string;
  readonly hosts: readonly HostReference[];
  readonly approval?: ApprovalRule;
  /** What must hold besides before a release may come; absent where there is nothing. */
  readonly protection?: GateRules;
  /** Where releases are promoted to before they are deployed, and hosts pull from; undefined is where images were built. */
  readonly images?: EnvironmentImages;
  readonly policyRevision: string;
  /** That gates read what they are judged by; absent in what an earlier version told, whose histories know of no reading. */
  readonly readsFacts?: true;
  /** The installation's trust policies by name, each with its revision; absent where there are none. */
  readonly trust?: Readonly<Record<string, string>>;
  /** Those of them whose keys cannot be read just now; absent where all can. */
  readonly unreadTrust?: readonly string[];
  /** How long the previous version stays warm after a deployment. */
  readonly bakeMs: number;
  /** What takes a release back by itself meanwhile; absent where there is none. */
  readonly alarms?: readonly Alarm[];
  /** What happens when a host fails; absent leaves that to the stage. */
  readonly onFailure?: OnFailure;
  /** So many failed hosts make every deployment go back, whatever a stage would suffer; absent leaves that to the stage. */
  readonly stopAfterFailures?: number;
  /** What becomes of releases that wait here; absent lets each have its turn. */
  readonly queue?: QueuePolicy;
  /** What breaking the glass means here; absent means `DEFAULT_BREAK_GLASS`. */
  readonly breakGlass?: BreakGlassRules;
}
