import type Docker from 'dockerode';
import { asEngineError, callEngine, type Engine } from './engine-calls.ts';

/** What an engine says of itself (Engine API, "Get system information"), as far as anybody here asks. */
export interface EngineInfo {
  readonly OSType?: string;
  readonly Architecture?: string;
  readonly Driver?: string;
  readonly DriverStatus?: readonly (readonly string[])[] | null;
  readonly SystemTime?: string;
}

/** Throws EngineUnreachable, EngineFault. */
export async function engineInfo(engine: Engine, { signal }: { readonly signal: AbortSignal }): Promise<EngineInfo> {
  const doing = 'say what it is';
  try {
    return await callEngine(engine, doing, { signal }, (abortSignal) => askInfo(engine.docker, abortSignal));
  } catch (error) {
    throw asEngineError(engine, doing, error);
  }
}

/** The types of dockerode's own call know no signal. */
function askInfo(docker: Docker, abortSignal: AbortSignal): Promise<EngineInfo> {
  const statusCodes = { 200: true, 500: 'server error' };
  return new Promise((resolve, reject) => {
    docker.modem.dial({ path: '/info', method: 'GET', abortSignal, statusCodes }, (error, info) =>
      error ? reject(error) : resolve(info as EngineInfo),
    );
  });
}
