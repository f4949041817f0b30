const BODY_LIMIT = 16_384;

/** A request that is answered with a reason and not with a fault of ours. */
export class BadRequest extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The request's body as JSON. Throws BadRequest. */
export async function readJson(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
  }
  if (size > BODY_LIMIT) throw new BadRequest(413, `Expected at most ${BODY_LIMIT} bytes and saw ${size}`);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new BadRequest(400, `Expected JSON: ${error.message}`);
  }
}

export function sendJson(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify(value)}\n`);
}

export function sendHtml(response, text) {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(text);
}
