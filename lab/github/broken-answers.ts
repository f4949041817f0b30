import type { FastifyReply, FastifyRequest } from 'fastify';

/** How an answer can go wrong on its way. */
export type Breakage = 'cut' | 'endless' | 'truncated';

/** Answers as a network or a proxy does that fails. */
export function breakAnswer(how: Breakage, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (how === 'cut') return cut(request, reply);
  return how === 'endless' ? trickle(reply) : breakOff(reply);
}

function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

/** One byte after the other, for as long as somebody listens. */
function trickle(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  const timer = setInterval(() => reply.raw.write(' '), 5);
  reply.raw.on('close', () => clearInterval(timer));
  return reply;
}

/** Half of what the headers promise, and then the end of the connection. */
function breakOff(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': '100' });
  reply.raw.write('{"id": 1, "sha": "aaaa', () => reply.raw.socket?.destroy());
  return reply;
}
