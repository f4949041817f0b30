import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';

/** Name to type, as `temporal server start-dev --search-attribute` takes them. */
export function searchAttributeTypes(): Record<string, 'Keyword' | 'Int'> {
  return Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map((key) => [key.name, key.type === 'INT' ? 'Int' : 'Keyword']));
}

/** Values of temporal.api.enums.v1.IndexedValueType. */
const INDEXED_VALUE_TYPE = { Keyword: 2, Int: 3 } as const;

/** Adds to the namespace what it lacks, so that an existing Temporal can be used as it is. */
export async function ensureSearchAttributes(client: Client): Promise<void> {
  const { namespace } = client.options;
  const present = await client.connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributeTypes()).filter(([name]) => present.customAttributes?.[name] === undefined);
  if (missing.length > 0) await addSearchAttributes(client, Object.fromEntries(missing));
}

/** Adds these, by name and type, to the client's namespace. */
export async function addSearchAttributes(client: Client, types: Readonly<Record<string, 'Keyword' | 'Int'>>): Promise<void> {
  const { namespace } = client.options;
  const searchAttributes = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]));
  await client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}
