import type { CanaryRules } from '../domain/canary.ts';
import { canonicalJson } from '../domain/canonical.ts';
import { containerForm } from '../domain/container.ts';
import type { Backup, Hook, Hooks } from '../domain/hooks.ts';
import type { Job } from '../domain/job.ts';
import type { Companion, Component, ImageSource, Pipeline, PipelineFault, Stage, Strategy } from '../domain/pipeline.ts';
import { pipelineFaults } from '../domain/pipeline-faults.ts';
import type { CanaryDocument } from './canary-schema.ts';
import { type ConfigurationDocument, type Finding, readDocument } from './document.ts';
import { PipelineInvalid } from './errors.ts';
import { explain, knownKeys } from './explain.ts';
import { sha256 } from './hash.ts';
import { type PipelineDocument, pipelineSchema } from './pipeline-schema.ts';
import { toRunSpec } from './run-spec.ts';
import { suggest } from './suggest.ts';

/** What a pipeline file is read against. */
export interface PipelineContext {
  /** The application that the file must be of. */
  readonly application: string;
  readonly registries: readonly { readonly name: string; readonly address: string }[];
  /** Further rules for the pipeline as a whole, `installationFaults` above all. */
  readonly faults?: (pipeline: Pipeline) => readonly PipelineFault[];
}

/** Reads a pipeline file; `fileName` is its name in messages. Throws PipelineInvalid with every problem. */
export function parsePipeline(text: string | Uint8Array, fileName: string, context: PipelineContext): Pipeline {
  const document = readDocument(text, fileName);
  if (document.problems.length > 0) throw new PipelineInvalid(document.problems);
  const parsed = pipelineSchema.safeParse(document.value, { error: knownKeys });
  if (!parsed.success) throw invalid(explain(parsed.error.issues, document), document);
  const pipeline = toPipeline(parsed.data, context);
  const faults = [...pipelineFaults(pipeline), ...(context.faults?.(pipeline) ?? [])];
  const findings = [...contextFindings(parsed.data, context), ...faults];
  if (findings.length > 0) throw invalid(findings, document);
  return pipeline;
}

function invalid(findings: readonly Finding[], document: ConfigurationDocument): PipelineInvalid {
  const problems = findings.map((finding) => document.problem(finding));
  return new PipelineInvalid(problems.sort((a, b) => a.line - b.line || a.column - b.column));
}

function contextFindings(document: PipelineDocument, { application, registries }: PipelineContext): Finding[] {
  const registry = Object.entries(document.components).flatMap(([name, component]) =>
    registryFindings(name, component.registry, registries),
  );
  if (document.application === application) return registry;
  const message = `this is the pipeline of ${document.application}, and that of ${application} was asked for`;
  return [{ path: ['application'], message, hint: 'make applications in tidegate.yaml and this file agree' }, ...registry];
}

function registryFindings(component: string, name: string | undefined, registries: PipelineContext['registries']): Finding[] {
  const names = registries.map((registry) => registry.name);
  const path = ['components', component, 'registry'];
  if (name === undefined) {
    if (names.length === 1) return [];
    return [{ path, message: 'is missing; the installation has several registries', hint: `name one of ${names.join(', ')}` }];
  }
  if (names.includes(name)) return [];
  return [{ path, message: `no registry is named ${name}`, hint: `did you mean ${suggest(name, names) ?? names.join(' or ')}?` }];
}

function toPipeline(document: PipelineDocument, context: PipelineContext): Pipeline {
  const components = Object.entries(document.components).map(([name, component]) => toComponent(name, component, context));
  const stages = document.stages.map((stage, index) => toStage(stage, document.stages[index - 1]?.name));
  const jobs = Object.entries(document.jobs ?? {}).map(([name, job]) => toJob(name, job));
  const content = { application: document.application, components, ...(jobs.length > 0 && { jobs }), stages };
  return { ...content, revision: sha256(canonicalJson(content)) };
}

type ComponentDocument = PipelineDocument['components'][string];

function toComponent(name: string, component: ComponentDocument, { registries }: PipelineContext): Component {
  const registry = component.registry === undefined ? registries[0] : registries.find((candidate) => candidate.name === component.registry);
  const run = toRunSpec(component);
  return {
    name,
    repository: registry === undefined ? component.repository : `${registry.address}/${component.repository}`,
    source: toSource(component.build),
    run,
    after: component.after,
    ...(component.hosts !== undefined && { hosts: component.hosts }),
    ...toSurroundings(component),
    specHash: sha256(canonicalJson(containerForm(run))),
  };
}

type JobDocument = NonNullable<PipelineDocument['jobs']>[string];

/** That nothing has to be undone is what counts where nothing is said. */
function toJob(name: string, { timeout, forwardOnly, ...rest }: JobDocument): Job {
  return { name, ...rest, timeoutMs: timeout, ...(forwardOnly === true && { forwardOnly }) };
}

/** What is left out stays out, so that revisions of before stay as they were. */
function toSurroundings({ stateful, backup, hooks }: ComponentDocument): Pick<Component, 'isStateful' | 'backup' | 'hooks'> {
  return {
    ...(stateful === true && { isStateful: true }),
    ...(backup !== undefined && { backup: toBackup(backup) }),
    ...(hooks !== undefined && { hooks: toHooks(hooks) }),
  };
}

function toBackup({ timeout, stopped, ...rest }: NonNullable<ComponentDocument['backup']>): Backup {
  return { ...rest, timeoutMs: timeout, isStopped: stopped };
}

function toHooks({ beforeSwitch, afterSwitch, onRollback }: NonNullable<ComponentDocument['hooks']>): Hooks {
  return {
    ...(beforeSwitch !== undefined && { 'before-switch': toHook(beforeSwitch) }),
    ...(afterSwitch !== undefined && { 'after-switch': toHook(afterSwitch) }),
    ...(onRollback !== undefined && { 'on-rollback': toHook(onRollback) }),
  };
}

function toHook({ timeout, ...rest }: NonNullable<NonNullable<ComponentDocument['hooks']>['afterSwitch']>): Hook {
  return { ...rest, timeoutMs: timeout };
}

function toSource(build: ComponentDocument['build']): ImageSource {
  if (build === undefined) return { kind: 'given' };
  const { timeout, ...rest } = build;
  return { kind: 'build', ...rest, timeoutMs: timeout };
}

type DeployStageDocument = Extract<PipelineDocument['stages'][number], { kind: 'deploy' }>;

function toStage(stage: PipelineDocument['stages'][number], previous: string | undefined): Stage {
  const needs = stage.needs ?? (previous === undefined ? [] : [previous]);
  if (stage.kind === 'build') return { ...stage, needs };
  if (stage.kind === 'test') {
    const { timeout, companions, ...rest } = stage;
    return { ...rest, needs, companions: companions.map(toCompanion), timeoutMs: timeout };
  }
  return { ...stage, needs, strategy: toStrategy(stage.strategy) };
}

/** What the file leaves out stays out: a pipeline's revision must not change with the rules that Tidegate learns. */
function toStrategy({ rolling, recreate, blueGreen, canary }: DeployStageDocument['strategy']): Strategy {
  if (recreate !== undefined) return { kind: 'recreate', ...recreate };
  if (blueGreen !== undefined) return { kind: 'blue-green', ...blueGreen };
  if (canary !== undefined) return { kind: 'canary', ...canary, ...toCanaryRules(canary) };
  return { kind: 'rolling', ...(rolling ?? { batch: 1 }) };
}

function toCanaryRules({ steps, judgement, onUnclear }: CanaryDocument): CanaryRules {
  const { more, times } = judgement.latency;
  const { deadline, ...unclear } = onUnclear;
  return {
    steps: steps.map(({ weight, pause }) => ({ weight, pauseMs: pause })),
    judgement: { ...judgement, latency: { moreMs: more, times } },
    onUnclear: { ...unclear, deadlineMs: deadline },
  };
}

function toCompanion({
  component,
  image,
  ...rest
}: Extract<PipelineDocument['stages'][number], { kind: 'test' }>['companions'][number]): Companion {
  return { ...rest, image: component === undefined ? { reference: image ?? '' } : { component } };
}
