/** What a simulated engine answers: JSON, a stream of JSON lines, or nothing. */
export interface EngineAnswer {
  readonly status: number;
  readonly body?: unknown;
  /** As an engine reports what takes long: one object a line. */
  readonly lines?: readonly object[];
}

export const ok = (body: unknown): EngineAnswer => ({ status: 200, body });
export const nothing = (status: 204 | 304): EngineAnswer => ({ status });
export const reports = (...lines: readonly object[]): EngineAnswer => ({ status: 200, lines });
export const refused = (status: 404 | 409 | 501, message: string): EngineAnswer => ({ status, body: { message } });
