import type { CheckReply } from '../../../activities/checks.ts';
import type { GateFactsAsked, TrustAnswer, TrustQuestion } from '../../../activities/gates.ts';
import type { CheckQuestion } from '../../../domain/gates/check-question.ts';
import type { GateFacts } from '../../../domain/gates/facts.ts';
import type { HostCount } from '../../../domain/gates/router-metric.ts';
import type { Standing } from '../../../domain/standing.ts';
import type { WorldState } from './world-state.ts';

/** What gates are judged by. */
export function gatesOf(world: WorldState) {
  return {
    readStanding: async ({ environment }: { environment: string }): Promise<Standing> => {
      await world.meet(`readStanding ${environment}`);
      return world.standing;
    },
    readGateFacts: async ({ environment, rules, images = [] }: GateFactsAsked): Promise<GateFacts> => {
      // A slow reader tells what was so when it was asked.
      const { standing, facts } = world;
      await world.meet(`readGateFacts ${environment}`);
      const policies = rules.flatMap(({ trust }) => trust ?? []);
      const trust = policies.length === 0 ? {} : { trust: await judged(world, { policies, images }) };
      return { standing: { kind: 'known', value: standing }, ...trust, ...facts };
    },
    readTrust: async (question: TrustQuestion): Promise<TrustAnswer> => {
      await world.meet(`readTrust ${question.policies.join()}`);
      return judged(world, question);
    },
    askCheck: async (question: CheckQuestion): Promise<CheckReply> => {
      world.questions.push(question);
      await world.meet(`askCheck ${question.check}`);
      return world.reply(question);
    },
    countRequests: async ({ environment, hosts }: { environment: string; hosts: readonly string[] }): Promise<readonly HostCount[]> => {
      await world.meet(`countRequests ${environment}`);
      return hosts.map((host) => world.counted(host));
    },
  };
}

async function judged(world: WorldState, { policies, images }: TrustQuestion): Promise<TrustAnswer> {
  const judge = (policy: string) =>
    world.trusts(policy, images).then(
      (value) => ({ kind: 'known' as const, value }),
      (error: Error) => ({ kind: 'unknown' as const, reason: error.message }),
    );
  return Object.fromEntries(await Promise.all(policies.map(async (policy) => [policy, await judge(policy)] as const)));
}
