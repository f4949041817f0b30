import { z } from 'zod';
import { DELIVERY_STATES } from '../../domain/inbox/delivery.ts';
import { instantSchema, listOf } from './parts.ts';

export const receivedSchema = z
  .object({ known: z.boolean().meta({ description: 'Whether it had come before: nothing more is done then' }) })
  .meta({ id: 'ReceivedDelivery' });

const delivery = {
  number: z.number(),
  source: z.string().meta({ description: '`github`, or `images/NAME` for one of `webhooks`' }),
  id: z.string().meta({ description: "The sender's own name for it" }),
  event: z.string(),
  receivedAt: instantSchema,
  state: z.enum(DELIVERY_STATES),
  attempts: z.number(),
  detail: z.string().meta({ description: 'What became of it, or why it waits' }),
  dueAt: instantSchema.exactOptional(),
};

export const deliverySchema = z.object(delivery).meta({ id: 'Delivery' });

export const wholeDeliverySchema = z
  .object({
    ...delivery,
    body: z.string().meta({ description: 'As it came; empty three days after it was done, and where another one told the same' }),
  })
  .meta({ id: 'WholeDelivery' });

export const deliveryListSchema = z
  .object({ deliveries: listOf(deliverySchema), next: z.number().exactOptional() })
  .meta({ id: 'DeliveryList' });

export const deliveryQuerySchema = z.object({
  state: z.enum(DELIVERY_STATES).exactOptional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z.coerce.number().int().min(1).exactOptional(),
});

export const deliveryParametersSchema = z.object({ number: z.coerce.number().int().min(1) });

export const sourceParametersSchema = z.object({ name: z.string().max(100) });
export const secretSourceParametersSchema = z.object({ name: z.string().max(100), secret: z.string().max(500) });
