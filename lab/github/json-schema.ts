export type Schema = { readonly [key: string]: unknown };

/**
 * JSON Schema of a part of an OpenAPI 3.0 document: `nullable` becomes the type null, examples go.
 * Follows https://spec.openapis.org/oas/v3.0.3#schema-object
 */
export function jsonSchemaOf(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(jsonSchemaOf);
  if (node === null || typeof node !== 'object') return node;
  const members = Object.entries(node).filter(([key, member]) => !isExample(key, member));
  return allowNull(Object.fromEntries(members.map(([key, member]) => [key, jsonSchemaOf(member)])));
}

/** A property may itself be called `example`; its schema is an object with a type. */
function isExample(key: string, member: unknown): boolean {
  if (key !== 'example' && key !== 'examples') return false;
  return typeof member !== 'object' || member === null || !('type' in member);
}

function allowNull(schema: Schema): Schema {
  const { nullable, ...rest } = schema;
  // Of what is described elsewhere, null is another choice.
  if (nullable === true && schema.type === undefined) return { anyOf: [rest, { type: 'null' }] };
  if (nullable !== true || typeof schema.type !== 'string') return schema;
  const values = Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {};
  return { ...rest, type: [schema.type, 'null'], ...values };
}
