import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Pipeline } from '../../domain/pipeline.ts';
import { personOf } from '../authenticate.ts';
import { environmentsOf } from '../catalogue.ts';
import type { ServerParts } from '../ports.ts';
import { type ApplicationListDocument, applicationListSchema, whoamiSchema } from '../schemas/service.ts';
import { problemAnswer } from './problem-answer.ts';

/** What the installation knows, and who asks. */
export function applicationRoutes(parts: ServerParts): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/applications',
      {
        schema: {
          operationId: 'listApplications',
          summary: 'Applications with their stages',
          response: { 200: applicationListSchema, ...problemAnswer },
        },
      },
      async () => ({ applications: parts.pipelines.map(describe) }),
    );
    server.get(
      '/whoami',
      { schema: { operationId: 'whoami', summary: 'Whose token this is', response: { 200: whoamiSchema, ...problemAnswer } } },
      async (request) => ({ person: personOf(request).name, version: parts.version }),
    );
  };
}

function describe(pipeline: Pipeline): ApplicationListDocument['applications'][number] {
  return {
    name: pipeline.application,
    components: pipeline.components.map(({ name, repository, source }) => ({ name, repository, source: source.kind })),
    stages: pipeline.stages.map((stage) => ({
      name: stage.name,
      kind: stage.kind,
      needs: [...stage.needs],
      ...(stage.kind === 'deploy' && { environment: stage.environment }),
    })),
    environments: [...environmentsOf(pipeline)],
  };
}
