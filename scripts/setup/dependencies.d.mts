interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

export const MADE_BY_SETUP: string;
export function installDependencies(checkout: string): Promise<void>;
export function holdsAll(lock: Lock, installed: Lock): boolean;
