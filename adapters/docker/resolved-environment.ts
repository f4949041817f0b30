import { secretReferences } from '../../domain/secret-reference.ts';

type Configured = Readonly<Record<string, string>>;
type ResolveValue = (text: string) => Promise<string>;

/** An environment with its secrets in place, and those secrets: each alone, and each value that holds one. */
export interface ResolvedEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

/** Looks up all `${env:…}` and `${file:…}`. Throws MalformedReference and what `resolveValue` throws. */
export async function resolveEnvironment(configured: Configured, resolveValue: ResolveValue): Promise<ResolvedEnvironment> {
  const entries = Object.entries(configured).map(async ([name, text]) => [name, await resolveValue(text)] as const);
  const environment = Object.fromEntries(await Promise.all(entries));
  const alone = await Promise.all(Object.values(configured).flatMap(secretReferences).map(resolveValue));
  return { environment, secrets: [...alone, ...secretNames(configured).map((name) => environment[name] ?? '')] };
}

/** The variables whose configured text holds a reference to a secret, sorted. Throws MalformedReference. */
export function secretNames(configured: Configured): readonly string[] {
  const holding = Object.entries(configured).filter(([, text]) => secretReferences(text).length > 0);
  return holding.map(([name]) => name).sort();
}
