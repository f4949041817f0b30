export { deployment } from './deployment.ts';
export { environment } from './environment.ts';
export { planStage } from './plan-stage.ts';
export { release } from './release.ts';
