export { deployment } from './deployment.ts';
export { environment } from './environment.ts';
export { housekeeping } from './housekeeping.ts';
export { planHost } from './plan-host.ts';
export { planStage } from './plan-stage.ts';
export { release } from './release.ts';
export { retention } from './retention.ts';
export { upkeep } from './upkeep.ts';
