import type { Client } from '@temporalio/client';
import { breakGlassWorkflowId, environmentWorkflowId, releaseWorkflowId } from '../domain/workflow-ids.ts';
import * as messages from '../workflows/messages.ts';
import type { release } from '../workflows/release.ts';
import { answered } from './answered.ts';
import { environmentOf, tellEnvironment } from './ask-environment.ts';
import { breakTheGlass } from './break-glass.ts';
import type { ReleaseEngine } from './engine.ts';
import { explainGates } from './explain-gates.ts';
import { holdBack, idOfGuard, listGuards } from './guards.ts';
import { listReleases } from './list-releases.ts';
import { PLAN_MS, planOneHost, planRelease, planWayBack } from './plan-questions.ts';
import { withProgress } from './progress.ts';
import { promoteRelease, startersIn, startRelease, tellStartedToo } from './start-release.ts';
import { tellStandingChanged } from './tell-standing-changed.ts';
import { updateEnded } from './update-ended.ts';
import { UpdateTurns } from './update-turns.ts';

interface ReleaseName {
  readonly application: string;
  readonly number: number;
}

/** The engine as Temporal workflows: each method is one start, query or update, and says in words what went wrong. */
export function createTemporalEngine(client: Client, address: string): ReleaseEngine {
  const ask = <Answer>(what: string, act: () => Promise<Answer>): Promise<Answer> => answered(client, address, what, act);
  const turns = new UpdateTurns();
  /** What can come from many at once. */
  const askInTurn = <Answer>(workflow: string, what: string, updateId: string, act: () => Promise<Answer>): Promise<Answer> =>
    turns.take(workflow, what, { ask: () => ask(what, act), ended: () => updateEnded(client, workflow, updateId) });
  const ofRelease = <Answer>({ application, number }: ReleaseName, updateId: string, act: () => Promise<Answer>): Promise<Answer> =>
    askInTurn(releaseWorkflowId(application, number), named(application, number), updateId, act);
  const releaseOf = (application: string, number: number) =>
    client.workflow.getHandle<typeof release>(releaseWorkflowId(application, number));
  const named = (application: string, number: number): string => `release ${number} of ${application}`;

  return {
    start: (record, movers = []) =>
      ask(named(record.application, record.number), () => startRelease(client, record, startersIn(record, movers))),

    startedToo: (record, mover) => ask(named(record.application, record.number), () => tellStartedToo(client, record, mover)),

    async releaseStatus(application, number) {
      const status = await ask(named(application, number), () => releaseOf(application, number).query(messages.releaseStatus));
      return withProgress(client, status);
    },

    listReleases: (filter) => ask('releases', () => listReleases(client, filter)),

    vote: (application, number, message, updateId) =>
      ofRelease({ application, number }, updateId, () =>
        releaseOf(application, number).executeUpdate(messages.vote, { args: [message], updateId }),
      ),

    answerCheck: (application, number, message, updateId) =>
      ofRelease({ application, number }, updateId, () =>
        releaseOf(application, number).executeUpdate(messages.answerCheck, { args: [message], updateId }),
      ),

    promote: (record, message, updateId) => ofRelease(record, updateId, () => promoteRelease(client, record, message, updateId)),

    cancel: (application, number, message, updateId) =>
      ask(named(application, number), () =>
        releaseOf(application, number).executeUpdate(messages.cancelRelease, { args: [message], updateId }),
      ),

    plan: (application, number, stage) =>
      answered(
        client,
        address,
        `the plan of ${named(application, number)}`,
        () => planRelease(client, { application, number, stage }),
        PLAN_MS,
      ),

    explainGates: (application, number) =>
      answered(client, address, `the gates of ${named(application, number)}`, () => explainGates(client, application, number), PLAN_MS),

    planRollback: (application, environment, to) =>
      answered(
        client,
        address,
        `the way back of ${application} in ${environment}`,
        () => planWayBack(client, application, environment, to),
        PLAN_MS,
      ),

    decideHost: (deployment, decision, updateId) =>
      ask('such deployment', () =>
        client.workflow.getHandle(deployment).executeUpdate(messages.decideHost, { args: [decision], updateId }),
      ),

    environmentStatus: (application, environment) =>
      ask(`${application} in ${environment}`, () => environmentOf(client, application, environment)),

    planHost: (application, environment, host) =>
      answered(client, address, `the plan of ${host}`, () => planOneHost(client, application, environment, host), PLAN_MS),

    bringHost: (application, environment, request, updateId) =>
      ask(`${application} in ${environment}`, () =>
        tellEnvironment(client, application, environment, (handle) =>
          handle.executeUpdate(messages.bringHost, { args: [request], updateId }),
        ),
      ),

    rollback: (application, environment, request, updateId) =>
      ask(`${application} in ${environment}`, () =>
        tellEnvironment(client, application, environment, (handle) =>
          handle.executeUpdate(messages.rollback, { args: [request], updateId }),
        ),
      ),

    raiseAlarm: (application, environment, message, updateId) =>
      askInTurn(environmentWorkflowId(application, environment), `${application} in ${environment}`, updateId, () =>
        tellEnvironment(client, application, environment, (handle) =>
          handle.executeUpdate(messages.raiseAlarm, { args: [message], updateId }),
        ),
      ),

    breakGlass: (wish) => ask(`break-glass ${wish.id}`, () => breakTheGlass(client, wish)),

    ratifyGlass: (id, message, updateId) =>
      ask(`break-glass ${id}`, () =>
        client.workflow.getHandle(breakGlassWorkflowId(id)).executeUpdate(messages.ratifyGlass, { args: [message], updateId }),
      ),

    holdBack: (guard, job) => ask(`run ${guard.run}`, () => holdBack(client, guard, job)),

    guards: (of) => ask('what is held back', () => listGuards(client, of)),

    endGuard: (guard, message, updateId) =>
      ask(`guard of run ${guard.run} and ${guard.environment}`, () =>
        client.workflow.getHandle(idOfGuard(guard)).executeUpdate(messages.endGuard, { args: [message], updateId }),
      ),

    tellStandingChanged: (scope) => tellStandingChanged(client, scope),

    ping: () => ask('Temporal', async () => void (await client.connection.workflowService.getSystemInfo({}))),
  };
}
