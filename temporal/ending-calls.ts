import { type ConnectionOptions, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Parameters<Interceptor>[1]>;

/** gRPC status code: https://grpc.io/docs/guides/status-codes/ */
const CANCELLED = 1;

/**
 * Has a call that fails be made again, as the SDK does by default, and end as cancelled where its connection was closed meanwhile. The SDK
 * makes it again from a timer, out of which a closed channel throws: an exception that nobody can catch, and that ends the process.
 */
export const endingCalls: Pick<ConnectionOptions, 'interceptors'> = {
  interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), unlessClosed],
};

function unlessClosed(...[options, nextCall]: Parameters<Interceptor>): ReturnType<Interceptor> {
  // Whoever asked for the call uses no more of it than this interface.
  return callOr(() => nextCall(options), cancelled) as ReturnType<Interceptor>;
}

function callOr(call: () => Call, otherwise: () => Call): Call {
  try {
    return call();
  } catch (error) {
    if (error instanceof Error && error.message === 'Channel has been shut down') return otherwise();
    throw error;
  }
}

/** A call that was never made. Like any other it tells of a message before it tells of its end. */
function cancelled(): Call {
  const nothing = (): void => undefined;
  return {
    start: (sent, listener) => {
      const metadata = sent.clone();
      for (const key of Object.keys(metadata.getMap())) metadata.remove(key);
      listener?.onReceiveMessage?.(null);
      listener?.onReceiveStatus?.({ code: CANCELLED, details: 'the connection to Temporal was closed', metadata });
    },
    ...{ sendMessage: nothing, sendMessageWithContext: nothing, startRead: nothing, halfClose: nothing, cancelWithStatus: nothing },
    ...{ getPeer: () => '', getAuthContext: () => null },
  };
}
