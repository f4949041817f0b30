export interface SetupFacts {
  readonly platform: string;
  readonly root: boolean;
  readonly systemd: boolean;
  readonly apparmor: boolean;
  readonly programs: readonly string[];
  readonly docker?: { readonly address: string; readonly named: boolean; readonly silent?: boolean } | undefined;
  readonly temporalAddress?: string | undefined;
  readonly temporalProgram?: string | undefined;
  readonly timeSkippingCached: boolean;
  readonly pythonMakesEnvironments: boolean;
  readonly go?: { readonly path: string; readonly version: string } | undefined;
  /** By name, where those are that need not be built. */
  readonly registryTools: Readonly<Record<string, string>>;
}

interface Part {
  readonly kind: string;
  readonly docker?: string;
  readonly path?: string;
  readonly address?: string;
  readonly packages: readonly string[];
}

interface RegistryTool {
  readonly name: string;
  readonly version: string;
}

interface RegistryToolsPlan {
  readonly go: { readonly kind: 'program' | 'wheel' | 'none'; readonly path?: string };
  readonly found: Readonly<Record<string, string>>;
  readonly build: readonly RegistryTool[];
  readonly absent: readonly RegistryTool[];
  readonly packages: readonly string[];
}

export interface SetupPlan {
  readonly engine: Part;
  readonly temporal: Part;
  readonly timeSkipping: Part;
  readonly registryTools: RegistryToolsPlan;
  readonly packages: readonly string[];
  readonly startsServices: boolean;
}

export interface SetupRefusal {
  readonly refused: { readonly why: string; readonly commands: readonly string[] };
}

export const PROGRAMS: readonly string[];
export function planSetup(purpose: 'demo' | 'test' | 'bench' | 'lab', facts: SetupFacts): SetupPlan | SetupRefusal;
