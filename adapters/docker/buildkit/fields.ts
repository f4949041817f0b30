import protobuf from 'protobufjs/minimal.js';

/** A field of a protobuf message. */
export interface Field {
  readonly number: number;
  /** Those of a text, bytes or a message. */
  readonly bytes: Uint8Array;
  /** False for the number zero alone. */
  readonly isTrue: boolean;
}

const VARINT = 0;
const LENGTH = 2;
const NOTHING = new Uint8Array();

/**
 * The fields of a message in their order. Of the few messages that we share with BuildKit a field or two count each, so that no description of
 * them is loaded (https://protobuf.dev/programming-guides/encoding). Throws RangeError for half a message.
 */
export function fieldsOf(message: Uint8Array): Field[] {
  const reader = protobuf.Reader.create(message);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const [number, kind] = [tag >>> 3, tag & 7];
    if (kind === LENGTH) fields.push({ number, bytes: reader.bytes(), isTrue: true });
    else if (kind === VARINT) fields.push({ number, bytes: NOTHING, isTrue: !isZero(reader.uint64()) });
    else reader.skipType(kind);
  }
  return fields;
}

/** A message of one field with a length. */
export function messageOf(number: number, bytes: Uint8Array): Buffer {
  return Buffer.from(
    protobuf.Writer.create()
      .uint32((number << 3) | LENGTH)
      .bytes(bytes)
      .finish(),
  );
}

/** The bytes of a field; none where it is absent, as protobuf has it. */
export function bytesIn(fields: readonly Field[], number: number): Uint8Array {
  return fields.findLast((field) => field.number === number)?.bytes ?? NOTHING;
}

/** The text of a field; empty where it is absent. */
export function textIn(fields: readonly Field[], number: number): string {
  return Buffer.from(bytesIn(fields, number)).toString('utf8');
}

/** Whether a field is there. Parts that are messages are, even where they are empty. */
export function isSet(fields: readonly Field[], number: number): boolean {
  return fields.some((field) => field.number === number && field.isTrue);
}

function isZero(value: number | protobuf.Long): boolean {
  return Number(value) === 0;
}
