import { loadInstallation } from '../../config/installation-file.ts';
import type { Problem } from '../../config/problem.ts';
import { findInstallation } from '../client/connection.ts';
import { type Context, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine, plain } from '../rendering/plain.ts';
import { certificateChecks } from './certificate-checks.ts';
import { type Check, type Checked, type CheckState, fail, runCheck } from './check.ts';
import { hostChecks } from './host-checks.ts';
import { machineChecks } from './machine-checks.ts';
import { serviceChecks } from './service-checks.ts';

export interface DoctorOptions {
  readonly config?: string;
  readonly json?: boolean;
}

const TONES = { ok: 'good', warn: 'waits', fail: 'bad' } as const satisfies Record<CheckState, string>;

/** Checks all that Tidegate needs, side by side, and says what to do about what is not as it should be. */
export async function doctor(context: Context, options: DoctorOptions): Promise<ExitCode> {
  const installation = await loadInstallation(await findInstallation(options.config, context.directory));
  const checks = [
    ...installation.faults.map(faultCheck),
    ...machineChecks(installation),
    ...serviceChecks(context, installation),
    ...certificateChecks(installation, context.environment),
    ...hostChecks(installation, context.environment),
  ];
  const running = checks.map(runCheck);
  const results: Checked[] = [];
  for (const check of running) {
    const result = cleaned(await check);
    results.push(result);
    if (!options.json) show(context, result);
  }
  const failed = results.some((result) => result.state === 'fail');
  if (options.json) printJson(context, { ok: !failed, checks: results });
  return failed ? EXIT.failed : EXIT.done;
}

/** A file that the installation names, and that cannot be used. */
function faultCheck({ path, message, hint = 'tidegate config validate shows where' }: Problem): Check {
  return { name: path, wayOut: hint, look: async () => fail(message, hint) };
}

function cleaned(result: Checked): Checked {
  return { ...result, detail: oneLine(plain(result.detail), 400) };
}

function show({ terminal: { out } }: Context, { name, state, detail, wayOut }: Checked): void {
  out.line(`${out.style(TONES[state], state.padEnd(4))}  ${name}: ${detail}`);
  if (state !== 'ok' && wayOut !== undefined) out.line(out.style('quiet', `      ${wayOut}`));
}
