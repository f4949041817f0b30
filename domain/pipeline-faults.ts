import { componentFaults } from './component-faults.ts';
import { ancestorsOf, findCycles, type GraphNode, topologicalOrder } from './graph.ts';
import { takenNames } from './hooks.ts';
import type { Component, Pipeline, PipelineFault, Stage } from './pipeline.ts';
import { fault, list } from './pipeline-fault.ts';
import { isTcp } from './publication.ts';

/**
 * What is wrong with a pipeline as a whole; empty when it can be run.
 * Paths are those of the pipeline file, where components are named and stages are counted.
 */
export function pipelineFaults(pipeline: Pipeline): readonly PipelineFault[] {
  if (pipeline.stages.length === 0) return [fault(['stages'], 'a pipeline needs at least one stage')];
  return [
    ...repeatedNames(pipeline),
    ...needFaults(pipeline.stages),
    ...buildFaults(pipeline),
    ...pipeline.stages.flatMap((stage, index) => stageReferenceFaults(stage, index, pipeline.components)),
    ...environmentFaults(pipeline.stages),
    ...canaryFaults(pipeline),
    ...afterFaults(pipeline.components),
    ...componentFaults(pipeline),
    ...jobFaults(pipeline),
  ];
}

/**
 * Stages in an order in which each comes after its needs; where that leaves a choice, in the order of the file.
 * Stages of a cycle, which `pipelineFaults` refuses, come last.
 */
export function stageOrder(stages: readonly Stage[]): readonly Stage[] {
  const order = topologicalOrder(stages.map(stageNode));
  const place = (stage: Stage) => (order.includes(stage.name) ? order.indexOf(stage.name) : order.length);
  return [...stages].sort((a, b) => place(a) - place(b));
}

const stageNode = (stage: Stage): GraphNode => ({ name: stage.name, before: stage.needs });
const componentNode = (component: Component): GraphNode => ({ name: component.name, before: component.after });

function repeatedNames(pipeline: Pipeline): PipelineFault[] {
  const components = repeats(pipeline.components.map((component) => component.name)).map((index) => {
    const name = pipeline.components[index]?.name ?? '';
    return fault(['components', name], `a second component is named ${name}`);
  });
  const stages = repeats(pipeline.stages.map((stage) => stage.name)).map((index) =>
    fault(['stages', index, 'name'], `a second stage is named ${pipeline.stages[index]?.name}`),
  );
  return [...components, ...stages, ...pipeline.stages.flatMap(repeatedCompanions)];
}

function repeatedCompanions(stage: Stage, at: number): PipelineFault[] {
  if (stage.kind !== 'test') return [];
  return repeats(stage.companions.map((companion) => companion.name)).map((index) =>
    fault(['stages', at, 'companions', index, 'name'], `a second companion of ${stage.name} is named ${stage.companions[index]?.name}`),
  );
}

function repeats(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}

function needFaults(stages: readonly Stage[]): PipelineFault[] {
  const names = stages.map((stage) => stage.name);
  const single = stages.flatMap((stage, at) =>
    stage.needs.flatMap((need, index) => {
      const path = ['stages', at, 'needs', index];
      if (need === stage.name) return [fault(path, `stage ${stage.name} needs itself`)];
      return names.includes(need) ? [] : [fault(path, `no stage is named ${need}; there are ${list(names)}`)];
    }),
  );
  return [...single, ...cycleFaults(stages.map(stageNode), 'needs', (name) => ['stages', names.indexOf(name), 'needs'])];
}

function cycleFaults(nodes: readonly GraphNode[], verb: string, pathOf: (name: string) => PipelineFault['path']): PipelineFault[] {
  const others = nodes.map((node) => ({ ...node, before: node.before.filter((name) => name !== node.name) }));
  return findCycles(others).map((cycle) => {
    const first = cycle[0] ?? '';
    return fault(pathOf(first), `the cycle ${[...cycle, first].join(` ${verb} `)} can never begin`);
  });
}

function buildFaults(pipeline: Pipeline): PipelineFault[] {
  const built = pipeline.components.filter((component) => component.source.kind === 'build').map((component) => component.name);
  const builders = pipeline.stages.flatMap((stage, index) => (stage.kind === 'build' ? [{ name: stage.name, index }] : []));
  if (built.length === 0) return [];
  if (builders.length === 0) return [fault(['stages'], `${list(built)} must be built, and no stage has kind build`)];
  const again = builders
    .slice(1)
    .map(({ index, name }) =>
      fault(
        ['stages', index],
        `stage ${name} would build the release a second time, and a release is built once; there is ${builders[0]?.name}`,
      ),
    );
  const isBuilder = (name: string) => builders.some((builder) => builder.name === name);
  return [...again, ...pipeline.stages.flatMap((stage, index) => unbuilt(stage, index, pipeline.stages, built, isBuilder))];
}

function unbuilt(
  stage: Stage,
  index: number,
  stages: readonly Stage[],
  built: readonly string[],
  isBuilder: (name: string) => boolean,
): PipelineFault[] {
  const used = usedComponents(stage, built).filter((name) => built.includes(name));
  if (used.length === 0 || [...ancestorsOf(stage.name, stages.map(stageNode))].some(isBuilder)) return [];
  return [fault(['stages', index, 'needs'], `stage ${stage.name} uses ${list(used)}, and no build stage comes before it`)];
}

function usedComponents(stage: Stage, all: readonly string[]): readonly string[] {
  if (stage.kind === 'build') return [];
  if (stage.kind === 'deploy') return all;
  const beside = stage.companions.flatMap((companion) => ('component' in companion.image ? [companion.image.component] : []));
  return [...new Set([stage.run.component, ...beside])];
}

function stageReferenceFaults(stage: Stage, at: number, components: readonly Component[]): PipelineFault[] {
  if (stage.kind !== 'test') return [];
  const names = components.map((component) => component.name);
  const check = (name: string, path: PipelineFault['path']) => (names.includes(name) ? [] : [unknownComponent(name, names, path)]);
  return [
    ...check(stage.run.component, ['stages', at, 'run', 'component']),
    ...stage.companions.flatMap(({ image }, index) =>
      'component' in image ? check(image.component, ['stages', at, 'companions', index, 'component']) : [],
    ),
  ];
}

function unknownComponent(name: string, names: readonly string[], path: PipelineFault['path']): PipelineFault {
  return fault(path, `no component is named ${name}; there are ${list(names)}`);
}

function environmentFaults(stages: readonly Stage[]): PipelineFault[] {
  const targets = stages.map((stage) => (stage.kind === 'deploy' ? stage.environment : undefined));
  return targets.flatMap((environment, index) => {
    const first = targets.indexOf(environment);
    if (environment === undefined || first === index) return [];
    return [fault(['stages', index, 'environment'], `stage ${stages[first]?.name} deploys to ${environment} already`)];
  });
}

function canaryFaults({ stages, components }: Pipeline): PipelineFault[] {
  if (components.some(({ run }) => run.publish !== undefined && !isTcp(run.publish))) return [];
  return stages.flatMap((stage, index) => {
    if (stage.kind !== 'deploy' || stage.strategy.kind !== 'canary') return [];
    return [
      fault(
        ['stages', index, 'strategy', 'canary'],
        'no component is published over HTTP, so that there are no requests to share between two versions',
      ),
    ];
  });
}

function afterFaults(components: readonly Component[]): PipelineFault[] {
  const names = components.map((component) => component.name);
  const single = components.flatMap((component) =>
    component.after.flatMap((other, index) => {
      const path = ['components', component.name, 'after', index];
      if (other === component.name) return [fault(path, `component ${other} comes after itself`)];
      return names.includes(other) ? [] : [unknownComponent(other, names, path)];
    }),
  );
  return [...single, ...cycleFaults(components.map(componentNode), 'comes after', (name) => ['components', name, 'after'])];
}

function jobFaults({ jobs = [], components }: Pipeline): PipelineFault[] {
  const names = components.map((component) => component.name);
  const taken = new Map(components.flatMap((component) => [...takenNames(component)]));
  return jobs.flatMap(({ name, component }) => {
    const owner = taken.get(name);
    const unknown = names.includes(component) ? [] : [unknownComponent(component, names, ['jobs', name, 'component'])];
    return owner === undefined ? unknown : [...unknown, fault(['jobs', name], `${owner} has this name; give the job another`)];
  });
}
