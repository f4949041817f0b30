import type { Repository } from './reference.ts';

/** What a token is to allow (distribution, "Token Scope Documentation"). */
export interface Scope {
  readonly path: string;
  readonly actions: readonly ('pull' | 'push' | 'delete')[];
}

export const pull = ({ path }: Repository): Scope => ({ path, actions: ['pull'] });
export const push = ({ path }: Repository): Scope => ({ path, actions: ['pull', 'push'] });
export const remove = ({ path }: Repository): Scope => ({ path, actions: ['pull', 'delete'] });

export function printScope({ path, actions }: Scope): string {
  return `repository:${path}:${actions.join(',')}`;
}

/** Whether who may do `held` may do `wanted`. */
export function covers(held: readonly Scope[], wanted: readonly Scope[]): boolean {
  return wanted.every(({ path, actions }) =>
    actions.every((action) => held.some((scope) => scope.path === path && scope.actions.includes(action))),
  );
}
