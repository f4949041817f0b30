import { z } from 'zod';
import { DURATION, parseDuration } from '../../domain/duration.ts';
import { PERMISSIONS, type Permission } from '../../domain/people/permission.ts';
import { ROLES } from '../../domain/people/person.ts';
import { instantSchema, listOf } from './parts.ts';

const name = z.string().min(1).max(100);
const permission = z.enum(Object.keys(PERMISSIONS) as [Permission, ...Permission[]]);
const role = z.enum(ROLES);

const place = { application: name.exactOptional(), environment: name.exactOptional() };

const scopeSchema = z
  .strictObject({
    role: role.exactOptional().meta({ description: 'At most what this role may' }),
    permissions: z.array(permission).min(1).exactOptional().meta({ description: 'These alone' }),
    ...place,
  })
  .meta({ id: 'Scope', description: 'What a token may be used for at most: it takes away from what its person may, and never adds' });

export const newTokenSchema = z
  .strictObject({
    person: name.exactOptional().meta({ description: 'Whose token it is; without it, your own. For others it needs the role owner' }),
    note: z.string().trim().max(200).default(''),
    lifetime: z
      .string()
      .regex(DURATION, 'expected a duration such as 30d')
      .transform((text) => parseDuration(text) ?? 0)
      .pipe(z.number().int().min(60_000, 'expected at least a minute'))
      .meta({ description: 'As in `12h` or `30d`' }),
    scope: scopeSchema.default({}),
  })
  .meta({ id: 'NewToken' });

const token = {
  id: z.string(),
  person: z.string(),
  note: z.string(),
  scope: scopeSchema,
  createdAt: instantSchema,
  createdBy: z.string(),
  expiresAt: instantSchema,
  revokedAt: instantSchema.exactOptional(),
  revokedBy: z.string().exactOptional(),
  usedAt: instantSchema.exactOptional(),
};

export const tokenSchema = z.object(token).meta({ id: 'Token' });
export const createdTokenSchema = z
  .object({ ...token, token: z.string().meta({ description: 'The token itself, this once' }) })
  .meta({ id: 'CreatedToken' });
export const tokenListSchema = z.object({ tokens: listOf(tokenSchema) }).meta({ id: 'TokenList' });
export const tokenListQuerySchema = z.strictObject({
  of: z.enum(['self', 'everybody']).default('self').meta({ description: '`everybody` needs the role owner' }),
});
export const tokenParametersSchema = z.object({ token: z.string().regex(/^[0-9a-f]{10}$/, 'expected the id of a token') });

export const whoamiSchema = z
  .object({
    person: z.string(),
    version: z.string(),
    authentication: z.string().meta({ description: 'The kind of credential, and its id' }),
    expiresAt: instantSchema.exactOptional(),
    groups: listOf(z.string()),
    roles: listOf(z.object({ role, ...place })),
    scope: scopeSchema.exactOptional(),
  })
  .meta({ id: 'WhoAmI' });

export type WhoAmI = z.output<typeof whoamiSchema>;

export const signInSchema = z
  .object({
    oidc: z
      .object({ issuer: z.string(), client: z.string(), scopes: listOf(z.string()) })
      .nullable()
      .meta({ description: 'Null where tokens alone open the API' }),
  })
  .meta({ id: 'SignIn' });
