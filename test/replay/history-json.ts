import { createRequire } from 'node:module';
import type { History } from '@temporalio/common/lib/proto-utils.js';

/** A history as Temporal's own command line and user interface write it. */
export interface RecordedHistory {
  readonly events: readonly HistoryEvent[];
}

export interface HistoryEvent {
  readonly eventId: string;
  readonly eventType: string;
  readonly [attributes: string]: unknown;
}

interface ReflectedType {
  fromObject(value: unknown): object;
}

interface ProtoJson {
  toJson(type: ReflectedType, message: object): unknown;
  fromJson(type: ReflectedType, json: unknown, options: { readonly ignoreUnknownFields: boolean }): History;
}

// The SDK's own historyToJSON and historyFromJSON refuse every message where npm has installed protobufjs once for each of its
// packages, as it does beside a package that needs another major version. Here both come from the one copy that knows the messages.
const inCommon = createRequire(createRequire(import.meta.url).resolve('@temporalio/common'));
const inProto = createRequire(inCommon.resolve('@temporalio/proto'));
const { fromJson, toJson } = inProto('protobufjs/ext/protojson') as ProtoJson;
const { patchProtobufRoot } = inCommon('@temporalio/proto/lib/patch-protobuf-root') as {
  patchProtobufRoot(root: unknown): { lookupType(name: string): ReflectedType };
};
const historyType = patchProtobufRoot(inCommon('@temporalio/proto')).lookupType('temporal.api.history.v1.History');

/** Follows the JSON mapping of protocol buffers. */
export function historyToJson(history: History): RecordedHistory {
  return toJson(historyType, historyType.fromObject(history)) as RecordedHistory;
}

/** Reads what `historyToJson` wrote, of this or a later Temporal. Throws for what is no history. */
export function historyFromJson(recorded: RecordedHistory): History {
  return fromJson(historyType, recorded, { ignoreUnknownFields: true });
}
