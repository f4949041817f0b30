/** After this the last requests are cut off: whoever stops us waits 10 s before it kills. */
const PATIENCE_MS = 8_000;

/**
 * A function that stops a server: it takes no new connection, lets requests in flight end, and closes each connection after its answer.
 * Resolves when all are closed.
 */
export function stopperOf(server) {
  const unanswered = new Set();
  server.prependListener('request', (_request, response) => {
    unanswered.add(response);
    response.once('close', () => unanswered.delete(response));
    if (!server.listening) response.setHeader('connection', 'close');
  });
  return async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const response of unanswered) if (!response.headersSent) response.setHeader('connection', 'close');
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const patience = setTimeout(() => server.closeAllConnections(), PATIENCE_MS);
    await closed;
    clearInterval(idle);
    clearTimeout(patience);
  };
}
