import type { DeployableComponent, DeployableRelease } from './deployment.ts';
import type { Images } from './image.ts';
import type { Component, Pipeline } from './pipeline.ts';
import type { ReleaseRecord } from './release.ts';

/** The release as an environment runs it, its components in the order in which they are switched. Throws MissingImage. */
export function deployableRelease(record: ReleaseRecord, pipeline: Pipeline, images: Images): DeployableRelease {
  const components = inOrder(pipeline.components).map((component) => deployable(component, images));
  return {
    application: record.application,
    number: record.number,
    ...(record.commit !== undefined && { commit: record.commit }),
    components,
    ...(pipeline.jobs !== undefined && { jobs: pipeline.jobs }),
  };
}

function deployable(component: Component, images: Images): DeployableComponent {
  const image = images[component.name];
  if (image === undefined) throw new MissingImage(component.name);
  const { name, run, hosts, isStateful, backup, hooks, specHash } = component;
  const around = {
    ...(isStateful !== undefined && { isStateful }),
    ...(backup !== undefined && { backup }),
    ...(hooks !== undefined && { hooks }),
  };
  return { name, image, run, ...(hosts !== undefined && { hosts }), ...around, specHash };
}

/** Components after those that they name in `after`; ties keep the file's order. A cycle has been refused with the pipeline. */
function inOrder(components: readonly Component[]): Component[] {
  const ordered: Component[] = [];
  const visit = (component: Component): void => {
    if (ordered.includes(component)) return;
    for (const name of component.after) components.filter((other) => other.name === name).forEach(visit);
    ordered.push(component);
  };
  components.forEach(visit);
  return ordered;
}

export class MissingImage extends Error {
  override readonly name = 'MissingImage';

  constructor(readonly component: string) {
    super(`Component ${component} has no image: it is built by no stage that passed, and none was given when the release was created`);
  }
}
