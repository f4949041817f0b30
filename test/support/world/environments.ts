import type { Charge } from '../../../activities/upkeep.ts';
import type { Alarm } from '../../../domain/alarm.ts';
import type { DeploymentRequest } from '../../../domain/deployment-request.ts';
import type { GateStay } from '../../../domain/gate-stay.ts';
import type { PlannedJob } from '../../../domain/job.ts';
import type { Strategy } from '../../../domain/pipeline.ts';
import { type DeploymentPlan, hostPlans, sealPlan } from '../../../domain/plan.ts';
import type { DeskRollback, RollbackOrder } from '../../../domain/rollback-request.ts';
import type { StageTakenBack } from '../../../domain/taken-back.ts';
import type { WorldState } from './world-state.ts';

/** Environments: their rules, plans and desks. */
export function environmentsOf(world: WorldState) {
  return {
    readEnvironment: async ({ environment }: { environment: string }) => {
      await world.meet(`readEnvironment ${environment}`);
      const policy = world.policies[environment];
      return policy && { ...policy, readsFacts: true as const };
    },
    sealPlan: async ({
      plans,
      strategy,
      ...more
    }: {
      plans: readonly DeploymentPlan[];
      strategy: Strategy;
      jobs?: readonly PlannedJob[];
      alarms?: readonly Alarm[];
    }): Promise<DeploymentPlan> => sealPlan(plans.flatMap(hostPlans), strategy, world.hash, more),
    requestDeployment: (request: DeploymentRequest) => world.desk(request),
    reachGates: async ({ application, environment, stay }: { application: string; environment: string; stay: GateStay }) => {
      await world.meet(`reachGates ${environment} release ${stay.release}`);
      await world.deskOfGates(application, environment, stay);
    },
    tellTakenBack: (told: StageTakenBack) => world.deskOfReleases(told),
    rollBack: (order: RollbackOrder): Promise<DeskRollback> => world.deskOfRollbacks(order),
    readJobsDone: async ({ application, environment, release }: { application: string; environment: string; release: number }) => {
      await world.meet('readJobsDone');
      return world.deskOfJobs(application, environment, release);
    },
    listCharges: async (): Promise<readonly Charge[]> => {
      await world.meet('listCharges');
      return world.charges;
    },
  };
}
