import { Secret } from '../domain/secret.ts';

/** What the commands take from the process's environment; this file alone reads it. */
export interface Environment {
  readonly url?: string;
  readonly token?: Secret;
  readonly temporalAddress?: string;
  readonly colour: 'always' | 'never' | 'terminal';
  /** All of it, for what resolves `${env:NAME}` and finds programs and engines as other tools do. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Reads the environment once. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const { TIDEGATE_URL, TIDEGATE_TOKEN, TEMPORAL_ADDRESS } = variables;
  return {
    ...(TIDEGATE_URL ? { url: TIDEGATE_URL } : {}),
    ...(TIDEGATE_TOKEN ? { token: new Secret(TIDEGATE_TOKEN) } : {}),
    ...(TEMPORAL_ADDRESS ? { temporalAddress: TEMPORAL_ADDRESS } : {}),
    colour: colourWish(variables),
    variables,
  };
}

/** https://no-color.org and https://force-color.org */
function colourWish({ NO_COLOR, FORCE_COLOR, TERM }: Readonly<Record<string, string | undefined>>): Environment['colour'] {
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR === '0' || FORCE_COLOR === 'false' ? 'never' : 'always';
  if (NO_COLOR !== undefined && NO_COLOR !== '') return 'never';
  return TERM === 'dumb' ? 'never' : 'terminal';
}
