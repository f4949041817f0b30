export { deployment } from './deployment.ts';
export { environment } from './environment.ts';
export { release } from './release.ts';
