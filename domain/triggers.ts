import { fitsGlobs } from './glob.ts';

/** What starts releases of an application. A pattern list that is left out lets everything through. */
export type Trigger =
  | PushTrigger
  | { readonly on: 'create'; readonly branches?: readonly string[]; readonly tags?: readonly string[] }
  | { readonly on: 'release'; readonly tags?: readonly string[]; readonly prereleases: boolean }
  | WorkflowRunTrigger
  | {
      readonly on: 'check_suite';
      readonly branches?: readonly string[];
      readonly conclusions: readonly string[];
      /** Slugs of the apps whose suite it is. */
      readonly apps?: readonly string[];
      readonly images?: ImageTemplates;
    }
  | { readonly on: 'package'; readonly tags?: readonly string[] }
  | { readonly on: 'repository_dispatch'; readonly types: readonly string[] }
  | { readonly on: 'deployment'; readonly environments: readonly string[] }
  /** A notification of a registry, by one of the installation's `webhooks`. */
  | { readonly on: 'image'; readonly from: string; readonly tags?: readonly string[] };

export interface PushTrigger {
  readonly on: 'push';
  readonly branches?: readonly string[];
  readonly tags?: readonly string[];
  /** Of files that the push changed. */
  readonly paths?: readonly string[];
  /** Of pull requests that the commit came by: one of these is enough. */
  readonly labels?: readonly string[];
  readonly images?: ImageTemplates;
}

export interface WorkflowRunTrigger {
  readonly on: 'workflow_run';
  /** Names of workflows. */
  readonly workflows?: readonly string[];
  readonly branches?: readonly string[];
  readonly conclusions: readonly string[];
  readonly images?: ImageTemplates;
}

/** Component to `repository:tag`, where `{commit}` and `{tag}` stand for those of the event. */
export type ImageTemplates = Readonly<Record<string, string>>;

/** The images of a trigger for a commit. A template with `{tag}` needs one: it is left as it is where there is none, and no registry has it. */
export function imagesFor(templates: ImageTemplates, commit: string, tag: string | undefined): Readonly<Record<string, string>> {
  const filled = Object.entries(templates).map(([component, template]) => [
    component,
    template.replaceAll('{commit}', commit).replaceAll('{tag}', tag ?? '{tag}'),
  ]);
  return Object.fromEntries(filled);
}

/** Why a branch or tag is not for this trigger; undefined where it is. One that names tags alone is not for branches, and the other way round. */
export function refObjection(
  { branches, tags }: { readonly branches?: readonly string[]; readonly tags?: readonly string[] },
  ref: { readonly kind: 'branch' | 'tag'; readonly name: string },
): string | undefined {
  const [own, others] = ref.kind === 'branch' ? [branches, tags] : [tags, branches];
  if (own === undefined) return others === undefined && ref.kind === 'branch' ? undefined : `no trigger is for the ${ref.kind} ${ref.name}`;
  return fitsGlobs(own, ref.name) ? undefined : `no trigger is for the ${ref.kind} ${ref.name}`;
}

/** Whether a name is one of those that a trigger is for; all are where it says nothing. */
export function isFor(patterns: readonly string[] | undefined, name: string): boolean {
  return patterns === undefined || fitsGlobs(patterns, name);
}
