import type { ContainerInspectInfo } from 'dockerode';
import type { ExaminedContainer } from '../../activities/hosts/ports.ts';
import { LABEL } from '../../domain/labels.ts';
import { inspectContainer } from './containers.ts';
import type { Engine } from './engine-calls.ts';
import { plainText } from './log-text.ts';
import { type Redaction, redactionOf } from './redaction.ts';
import { secretValues, shownLog } from './shown-log.ts';

type Signal = { readonly signal: AbortSignal };

const WITHHELD = '(not shown: its labels do not tell what in it is secret)';

/** Everything that a dossier holds of a container but its answers, without the secrets that it was given; undefined when it is absent. */
export async function examineContainer(
  engine: Engine,
  name: string,
  lines: number,
  { signal }: Signal,
): Promise<ExaminedContainer | undefined> {
  const inspected = await inspectContainer(engine, name, { signal });
  if (inspected === undefined) return undefined;
  const log = await shownLog(engine, name, lines, { signal });
  return examined(name, inspected, await redactionFor(engine, inspected, { signal }), log);
}

/** A text without the secrets of the container that it came from. */
export async function withoutSecretsOf(engine: Engine, name: string, text: string, { signal }: Signal): Promise<string> {
  const inspected = await inspectContainer(engine, name, { signal });
  return inspected === undefined ? WITHHELD : (await redactionFor(engine, inspected, { signal }))(text);
}

/** An engine keeps this much of what a health check says. */
const OUTPUT_BYTES = 4096;

/** Without a last line that the engine cut: half a secret would not be known as one. */
function whole(output: string): string {
  return Buffer.byteLength(output) < OUTPUT_BYTES ? output : output.slice(0, output.lastIndexOf('\n') + 1);
}

/** Where it is not to be known what is secret, nothing is shown. */
async function redactionFor(engine: Engine, inspected: ContainerInspectInfo, { signal }: Signal): Promise<Redaction> {
  const values = await secretValues(engine, inspected, { signal });
  const redact = values && redactionOf(values);
  return (text) => (text === '' ? '' : redact === undefined ? WITHHELD : redact(plainText(text)));
}

function examined(
  name: string,
  { State: state, Config: config, RestartCount }: ContainerInspectInfo,
  redact: Redaction,
  log: string,
): ExaminedContainer {
  const answers = (state.Health?.Log ?? []) as readonly { readonly Start: string; readonly ExitCode: number; readonly Output: string }[];
  return {
    container: name,
    digest: config.Labels[LABEL.digest] ?? '',
    status: state.Status,
    exitCode: state.ExitCode,
    outOfMemory: state.OOMKilled,
    restarts: RestartCount,
    startedAt: state.StartedAt,
    finishedAt: state.FinishedAt,
    error: redact(state.Error),
    health: {
      status: state.Health?.Status ?? 'none',
      log: answers.map(({ Start, ExitCode, Output }) => ({ at: Start, exitCode: ExitCode, output: redact(whole(Output)) })),
    },
    log,
  };
}
