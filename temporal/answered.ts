import {
  type Client,
  isGrpcServiceError,
  ServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NOT_ALLOWED } from '../workflows/messages.ts';
import { NotFound, Refused, TemporalUnavailable, WorkerUnavailable, WorkflowBusy, WorkflowStuck } from './errors.ts';

/** How long a person's request may wait for a worker to take it. */
const ANSWER_MS = 10_000;

/** A Temporal that has not answered the simplest question by then is down: people are told within five seconds. */
const REACH_MS = 3_000;

/** gRPC status codes: https://grpc.io/docs/guides/status-codes/ */
const UNAVAILABLE = 14;
/** CANCELLED and DEADLINE_EXCEEDED: Temporal took the question, and nobody answered it in time. */
const UNANSWERED: readonly number[] = [1, 4];
/** RESOURCE_EXHAUSTED: as many as Temporal lets in are in the workflow already. */
const FULL = 8;
/** Of a question: the workflow's last task failed, and it cannot say how it stands. */
const FAILED_PRECONDITION = 9;

/** Runs one call with its deadline and turns what Temporal says into the engine's own errors. */
export async function answered<Answer>(
  client: Client,
  address: string,
  what: string,
  act: () => Promise<Answer>,
  withinMs = ANSWER_MS,
): Promise<Answer> {
  try {
    return await Promise.race([client.withDeadline(Date.now() + withinMs, act), untilUnreachable(client, address)]);
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw refusedBy(error);
    if (error instanceof WorkflowFailedError) throw new WorkerUnavailable(what, { cause: error });
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) throw new WorkerUnavailable(what, { cause: error });
    if (error instanceof WorkflowNotFoundError) throw new NotFound(`There is no ${what} under way`, { cause: error });
    // The workflow client wraps what gRPC said.
    const said = error instanceof ServiceError ? error.cause : error;
    if (isGrpcServiceError(said) && said.code === FULL) throw new WorkflowBusy(what, { cause: error });
    if (isGrpcServiceError(said) && said.code === UNAVAILABLE) throw new TemporalUnavailable(address, { cause: error });
    if (isGrpcServiceError(said) && UNANSWERED.includes(said.code)) throw new WorkerUnavailable(what, { cause: error });
    if (isGrpcServiceError(said) && said.code === FAILED_PRECONDITION) throw new WorkflowStuck(what, { cause: error });
    throw error;
  }
}

/** What a workflow said of an update. */
function refusedBy(error: WorkflowUpdateFailedError): Refused {
  const { cause } = error;
  const isOfPerson = cause instanceof ApplicationFailure && cause.type === NOT_ALLOWED;
  return new Refused(cause?.message ?? error.message, { cause: error }, isOfPerson);
}

/** Rejects with TemporalUnavailable when Temporal itself does not answer, long before the client gives up connecting again. */
async function untilUnreachable(client: Client, address: string): Promise<never> {
  try {
    await client.withDeadline(Date.now() + REACH_MS, () => client.connection.workflowService.getSystemInfo({}));
  } catch (error) {
    throw new TemporalUnavailable(address, { cause: error });
  }
  return new Promise<never>(() => undefined);
}
