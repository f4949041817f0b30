/** One release workflow for each release: a repeated start finds the one that runs. */
export const releaseWorkflowId = (application: string, release: number): string => `release/${application}/${release}`;

/** One environment workflow for each application and environment: it is the lock and the queue. */
export const environmentWorkflowId = (application: string, environment: string): string => `environment/${application}/${environment}`;

/** One deployment workflow for each attempt; generations never repeat. */
export const deploymentWorkflowId = (application: string, environment: string, generation: number): string =>
  `deployment/${application}/${environment}/${generation}`;

/** One for each breaking of the glass, by the id of its decision. */
export const breakGlassWorkflowId = (id: string): string => `break-glass/${id}`;

/** One for each run of GitHub Actions and environment there, whose name may hold anything. */
export const guardWorkflowId = (repository: number, run: number, environment: string): string =>
  `guard/${repository}/${run}/${environment.toLowerCase()}`;

/** What the stages of a release ask, when somebody wants to know; `question` is different for each time. */
export const explainWorkflowId = (application: string, release: number, question: string): string =>
  `explain/${application}/${release}/${question}`;

/** A plan that somebody looks at; `question` is different for each time. */
export const planWorkflowId = (application: string, release: number, stage: string, question: string): string =>
  `plan/${application}/${release}/${stage}/${question}`;

/** The same for one host of an environment. */
export const hostPlanWorkflowId = (application: string, environment: string, host: string, question: string): string =>
  `plan-host/${application}/${environment}/${host}/${question}`;

/** The same of a way back. */
export const rollbackPlanWorkflowId = (application: string, environment: string, question: string): string =>
  `rollback-plan/${application}/${environment}/${question}`;

/** One run of retention that deletes, at a time; runs that only look have ids of their own. */
export const RETENTION_WORKFLOW_ID = 'retention';

/** Which release a workflow is of; undefined for an id of something else. */
export function releaseOfWorkflow(workflowId: string): { readonly application: string; readonly number: number } | undefined {
  const [, application, number] = /^release\/([^/]+)\/(\d+)$/.exec(workflowId) ?? [];
  return application === undefined ? undefined : { application, number: Number(number) };
}

/** Which environment a workflow is; undefined for an id of something else. */
export function environmentOfWorkflow(workflowId: string): { readonly application: string; readonly environment: string } | undefined {
  const [, application, environment] = /^environment\/([^/]+)\/([^/]+)$/.exec(workflowId) ?? [];
  return application === undefined || environment === undefined ? undefined : { application, environment };
}
