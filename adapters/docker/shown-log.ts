import type { ContainerInspectInfo } from 'dockerode';
import { EngineFault, EngineRefused } from '../../activities/hosts/errors.ts';
import { LABEL } from '../../domain/labels.ts';
import { containerLog, inspectContainer } from './containers.ts';
import type { Engine } from './engine-calls.ts';
import { redactionOf } from './redaction.ts';
import { folderSeenBy, secretsSeenBy } from './secret-keeper.ts';

type Signal = { readonly signal: AbortSignal };

/**
 * The last lines of a container without the secrets that it was given: its label says which variables hold them, the engine
 * what they hold, so that a process which did not create it knows them too. Where they are not to be known no line is
 * shown, and the text says why. Empty when the container is absent.
 */
export async function shownLog(engine: Engine, name: string, lines: number, { signal }: Signal): Promise<string> {
  try {
    const inspected = await inspectContainer(engine, name, { signal });
    if (inspected === undefined) return '';
    const values = await secretValues(engine, inspected, { signal });
    if (values === undefined) return withheld(name, `its label ${LABEL.secrets} does not tell what in it is secret`);
    // By its id, as another may have come by its name since.
    return await containerLog(engine, inspected.Id, lines, { signal, redact: redactionOf(values) });
  } catch (error) {
    // No answer at all is worth another attempt, and rises.
    if (error instanceof EngineFault || error instanceof EngineRefused) return withheld(name, error.message);
    throw error;
  }
}

function withheld(name: string, reason: string): string {
  return `(The log of container ${name} is not shown: ${reason})\n`;
}

/** Those of its variables and of its files; undefined when it does not say which are secret, or they are not all to be had. */
export async function secretValues(engine: Engine, inspected: ContainerInspectInfo, { signal }: Signal): Promise<string[] | undefined> {
  const variables = secretVariables(inspected);
  if (variables === undefined || folderSeenBy(inspected) === undefined) return variables;
  const files = await secretsSeenBy(engine, inspected.Id, { signal });
  return files && [...variables, ...files.values()];
}

function secretVariables({ Config: config }: ContainerInspectInfo): string[] | undefined {
  const names = config.Labels[LABEL.secrets]?.split(',').filter((name) => name !== '');
  const values = names?.map((name) => config.Env.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1));
  return values?.every((value) => value !== undefined) ? values : undefined;
}
