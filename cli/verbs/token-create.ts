import type { Permission } from '../../domain/people/permission.ts';
import type { Role } from '../../domain/people/person.ts';
import { type CommonOptions, type Context, connect, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

export interface TokenCreateOptions extends CommonOptions {
  readonly lifetime: string;
  readonly note: string;
  readonly for?: string;
  readonly role?: Role;
  readonly permission?: readonly Permission[];
  readonly application?: string;
  readonly environment?: string;
}

/** Makes a token. It alone goes to stdout, so that it can be kept without being shown. */
export async function createToken(context: Context, options: TokenCreateOptions): Promise<ExitCode> {
  const { lifetime, note, role, permission, application, environment } = options;
  const client = await connect(context, options);
  const created = await client.people.createToken({
    lifetime,
    note,
    ...(options.for !== undefined && { person: options.for }),
    scope: {
      ...(role !== undefined && { role }),
      ...(permission !== undefined && { permissions: permission }),
      ...(application !== undefined && { application }),
      ...(environment !== undefined && { environment }),
    },
  });
  if (options.json) {
    printJson(context, created);
    return EXIT.done;
  }
  const { out, err } = context.terminal;
  out.line(created.token);
  err.line(
    `Token ${created.id} of ${created.person}, until ${created.expiresAt}. It is shown this once; 'tidegate token revoke ${created.id}' ends it`,
  );
  return EXIT.done;
}
