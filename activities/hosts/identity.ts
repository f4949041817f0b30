import type { HttpPublication, Publication } from '../../domain/pipeline.ts';
import { isTcp } from '../../domain/publication.ts';
import { type ComponentChoice, holdsIdentity } from '../../domain/switch.ts';
import { ServerUnknown } from '../router/errors.ts';
import { HostFailed } from './host-failed.ts';
import { addressOf, type HostWork } from './host-work.ts';
import type { ProbeAnswer, Route } from './ports.ts';
import { LOG_LINES } from './runners.ts';
import { proveAddress, provePort, takeConnections } from './tcp-identity.ts';

const TIMEOUT_MS = 5_000;
const RETRY_MS = 200;
/** What is healthy may still be slow to answer elsewhere; this long it is asked again. */
const PATIENCE_MS = 10_000;
/** One answer could be luck: the old version answers half of the requests while it still has its share. */
const PLAIN_ANSWERS = 3;

export interface Proof {
  readonly work: HostWork;
  readonly choice: ComponentChoice;
  readonly route: Route;
  readonly publish: Publication;
}

/** Each container, asked through the router, names the deployment that it was made by, or is where nothing older can be. Throws HostFailed. */
export async function proveRunners(proof: Proof): Promise<void> {
  for (const runner of proof.choice.runners) {
    proof.work.tell(`asking ${runner.name} who it is`);
    if (isTcp(proof.publish)) await proveAddress(proof, runner);
    else await prove(proof, proof.publish, runner.name, [runner.deployment]);
  }
}

/** Requests as users send them are answered by the chosen containers and by no others. Throws HostFailed. */
export async function provePlainly(proof: Proof): Promise<void> {
  const { work, route, publish } = proof;
  const { runners, component } = proof.choice;
  work.tell(`asking ${addressOf(route)} as users do, who answers for ${component.name}`);
  if (isTcp(publish)) return provePort(proof);
  const deployments = [...new Set(runners.map((runner) => runner.deployment))];
  for (let answer = 0; answer < PLAIN_ANSWERS; answer += 1) await prove(proof, publish, undefined, deployments);
}

/** Whether each container answers well and as itself now; one that the router does not know answers nobody. */
export async function answerAsThemselves(proof: Proof): Promise<boolean> {
  const { work, choice, route, publish } = proof;
  const { router } = work.host;
  try {
    if (isTcp(publish)) return await takeConnections(proof);
    const answers = choice.runners.map(async ({ name, deployment }) => {
      const answer = await router.probe(route, publish.identityPath, name, TIMEOUT_MS, { signal: work.signal });
      return isAnswer(answer) && holdsIdentity(answer, deployment);
    });
    return (await Promise.all(answers)).every(Boolean);
  } catch (error) {
    if (error instanceof ServerUnknown) return false;
    throw error;
  }
}

/** A failed answer may be mended by the next; an answer in another's name is never right. */
async function prove(proof: Proof, publish: HttpPublication, server: string | undefined, deployments: readonly string[]): Promise<void> {
  const { work, route } = proof;
  const { identityPath: path } = publish;
  const deadline = work.clock.now() + PATIENCE_MS;
  for (;;) {
    const answer = await work.host.router.probe(route, path, server, TIMEOUT_MS, { signal: work.signal });
    if (isAnswer(answer)) {
      if (deployments.some((deployment) => holdsIdentity(answer, deployment))) return;
      throw await unproven(proof, path, server, deployments, `answers with ${answer.status} and does not hold it`);
    }
    if (work.clock.now() >= deadline) throw await unproven(proof, path, server, deployments, `answers with ${answer.status}`);
    await work.clock.sleep(RETRY_MS, work.signal);
  }
}

function isAnswer({ status }: ProbeAnswer): boolean {
  return status >= 200 && status < 400;
}

async function unproven(
  proof: Proof,
  path: string,
  server: string | undefined,
  deployments: readonly string[],
  seen: string,
): Promise<HostFailed> {
  const { work, choice, route } = proof;
  const { host, signal } = work;
  const where = `${route.host}${path}`;
  return new HostFailed({
    host: host.name,
    component: choice.component.name,
    ...(server !== undefined && { container: server, log: await host.engine.logsTail(server, LOG_LINES, { signal }) }),
    seen: `expected ${where} to answer through the router with its TIDEGATE_DEPLOYMENT, ${deployments.join(' or ')}, in a header or the body, and it ${seen}`,
  });
}
