import * as z from 'zod';

/** The most requests of a batch, as in Microsoft Graph. */
export const MOST_REQUESTS = 20;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The body of a batch: requests, each with an id that the client chooses. */
export const batchSchema = z.object({
  requests: z
    .array(
      z.object({
        id: z.string().min(1),
        method: z.enum(METHODS),
        url: z.string().describe('Relative to the version, such as /communications/callRecords?$top=1.'),
        headers: z.record(z.string(), z.string()).nullish(),
        body: z.unknown().describe('JSON, and then headers tell the Content-Type.').optional(),
        dependsOn: z.array(z.string()).nullish().describe('Ids of requests that must have been answered well before.'),
      }),
    )
    .max(MOST_REQUESTS),
});

/** The response to a batch, in the order of its requests. */
export const batchAnswerSchema = z.object({
  responses: z.array(
    z.object({
      id: z.string(),
      status: z.int(),
      headers: z.record(z.string(), z.string()),
      body: z.unknown().optional(),
    }),
  ),
});
