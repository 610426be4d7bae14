import { z } from 'zod';
import { type ErrorCode, ERRORS } from '../domain/errors.js';
import {
  DEFAULT_TOP,
  EXPANDABLE,
  EXPANDABLE_IN_LISTS,
  ORDERABLE,
  PARTICIPANT_PROPERTIES,
  PARTICIPANTS_PAGE,
  SELECTABLE,
  SESSION_PROPERTIES,
  SESSIONS_PAGE,
} from './query-options.js';
import {
  callRecordSchema,
  createBodySchema,
  errorSchema,
  nothingSchema,
  pageSchema,
  participantSchema,
  sessionSchema,
} from './schemas.js';

const COLLECTION = '/communications/callRecords';
const EXAMPLE_ID = '01a212ed-d8fc-7713-b71d-f19200b2321f';

let text: string | undefined;

/** The OpenAPI 3.1 description of this door as JSON, made when it is first asked for. */
export function openApiText(): string {
  text ??= JSON.stringify(openApi());
  return text;
}

function openApi(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Call records',
      version: '1.0.0',
      summary: 'Call records, stored for good, in the way of Microsoft Graph.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/v1.0' }],
    security: [{ bearer: [] }],
    tags: [{ name: 'callRecords', description: 'One call or meeting occurrence each, known once it has ended.' }],
    paths: {
      [COLLECTION]: { get: listRecords(), post: createRecord() },
      [`${COLLECTION}/{id}`]: { parameters: [ID], get: getRecord(), delete: deleteRecord() },
      [`${COLLECTION}/{id}/participants_v2`]: { parameters: [ID], get: listParticipants() },
      [`${COLLECTION}/{id}/sessions`]: { parameters: [ID], get: listSessions() },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: {
        createCallRecord: schemaOf(createBodySchema),
        callRecord: schemaOf(callRecordSchema),
        participant: schemaOf(participantSchema),
        session: schemaOf(sessionSchema),
        callRecordPage: schemaOf(pageSchema(z.unknown()), 'callRecord'),
        participantPage: schemaOf(pageSchema(z.unknown()), 'participant'),
        sessionPage: schemaOf(pageSchema(z.unknown()), 'session'),
        error: schemaOf(errorSchema),
        nothing: schemaOf(nothingSchema),
      },
    },
  };
}

/** What may stand in an object of a body beside its properties: annotations, and what says nothing. */
const forgiving = () => ({ additionalProperties: reference('nothing'), patternProperties: { '@': {} } });

/** The JSON Schema of a zod schema; `item` names the component of which `value` is a list. */
function schemaOf(schema: z.ZodType, item?: string): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // Of `nothing` itself there is no more to say.
      if (jsonSchema.additionalProperties === false && schema !== nothingSchema) Object.assign(jsonSchema, forgiving());
    },
  });
  if (item === undefined) return rest;
  return { ...rest, properties: { ...rest.properties, value: { type: 'array', items: reference(item) } } };
}

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ 'application/json': { schema: reference(name) } });

const ID = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string', format: 'uuid' },
  description: "The record's id, of any case; callRecords('{id}') is understood too.",
  example: EXAMPLE_ID,
};

const query = (name: string, schema: object, description: string) => ({ name, in: 'query', schema, description });
const header = (name: string, description: string) => ({ name, in: 'header', schema: { type: 'string' }, description });
const names = (known: readonly string[]) => ({ type: 'array', items: { type: 'string', enum: known } });
const listed = (parameter: object) => ({ ...parameter, style: 'form', explode: false });

const SELECT = listed(query('$select', names(SELECTABLE), 'Properties wanted; the id comes always.'));
const expand = (known: readonly string[]) => listed(query('$expand', names(known), 'Related parts wanted.'));
const EXPAND = expand(EXPANDABLE);
const COUNT = query('$count', { type: 'boolean' }, 'Whether to tell in @odata.count how many there are in all.');
const SKIPTOKEN = query('$skiptoken', { type: 'string' }, 'Part of next links: follow those as they are.');
const PREFER = header(
  'Prefer',
  'odata.maxpagesize=n, include-unknown-enum-members, omit-values=nulls, return=minimal or return=representation.',
);
const FILTER = query(
  '$filter',
  { type: 'string' },
  "lt, le, gt, ge, eq, ne on date-times; eq, ne, in on id, type, joinWebUrl and organizer_v2/id; participants_v2/any(p:p/id eq '…'), modalities/any(m:m eq '…'); and, or, not, parentheses.",
);
const ORDERBY = query(
  '$orderby',
  { type: 'string', enum: ORDERABLE.flatMap((name) => [name, `${name} asc`, `${name} desc`]) },
  'Newest start first unless given.',
);
const top = (usual: number) =>
  query(
    '$top',
    { type: 'integer', minimum: 0, default: usual },
    'Size of a page; the server sets a limit, MAX_PAGE_SIZE.',
  );

/** Every path answers these; `more` are those of one operation. */
function errors(...more: ErrorCode[]): object {
  const codes: ErrorCode[] = ['BAD_USER_INPUT', 'UNAUTHENTICATED', 'FORBIDDEN', 'NOT_ACCEPTABLE', 'RATE_LIMITED'];
  return Object.fromEntries(
    [...codes, ...more, 'SERVICE_UNAVAILABLE' as const].map((code) => [
      String(ERRORS[code].status),
      { description: `${ERRORS[code].rest}. ${ERRORS[code].when}`, content: json('error') },
    ]),
  );
}

function operation(operationId: string, summary: string, parameters: object[], responses: object): object {
  return { operationId, summary, tags: ['callRecords'], parameters, responses };
}

function listRecords(): object {
  return operation(
    'listCallRecords',
    'A page of the records that the caller may see.',
    [SELECT, expand(EXPANDABLE_IN_LISTS), FILTER, ORDERBY, top(DEFAULT_TOP), COUNT, SKIPTOKEN, PREFER],
    { 200: { description: 'A page.', content: json('callRecordPage') }, ...errors() },
  );
}

function createRecord(): object {
  const key = header('Idempotency-Key', 'Of your choosing, 1 to 255 characters: makes repeating this create harmless.');
  const responses = {
    201: {
      description: 'The stored record.',
      headers: { Location: { schema: { type: 'string', format: 'uri' }, description: 'URL of the record.' } },
      content: json('callRecord'),
    },
    204: { description: 'Stored, and return=minimal was preferred.' },
    ...errors('CONFLICT', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'),
  };
  return {
    ...operation('createCallRecord', 'Stores a record.', [SELECT, EXPAND, key, PREFER], responses),
    requestBody: { required: true, content: json('createCallRecord') },
  };
}

function getRecord(): object {
  const match = header('If-None-Match', 'The ETag of the answer that is known already.');
  const responses = {
    200: { description: 'The record.', content: json('callRecord') },
    304: { description: 'It is as the client knows it.' },
    ...errors('NOT_FOUND'),
  };
  return operation('getCallRecord', 'One record.', [SELECT, EXPAND, PREFER, match], responses);
}

function deleteRecord(): object {
  const match = header('If-Match', 'The ETag of the record that is meant; another state of it is not deleted.');
  const responses = { 204: { description: 'Deleted.' }, ...errors('NOT_FOUND', 'PRECONDITION_FAILED') };
  return operation('deleteCallRecord', 'Deletes a record and all that is known of it.', [match], responses);
}

function listParticipants(): object {
  const select = listed(query('$select', names(PARTICIPANT_PROPERTIES), 'Properties wanted.'));
  const responses = { 200: { description: 'A page.', content: json('participantPage') }, ...errors('NOT_FOUND') };
  return operation(
    'listParticipants',
    'A page of the participants of a record.',
    [select, top(PARTICIPANTS_PAGE), COUNT, SKIPTOKEN, PREFER],
    responses,
  );
}

function listSessions(): object {
  const select = listed(query('$select', names(SESSION_PROPERTIES), 'Properties wanted.'));
  const responses = { 200: { description: 'A page.', content: json('sessionPage') }, ...errors('NOT_FOUND') };
  return operation(
    'listSessions',
    'A page of the sessions of a record.',
    [select, expand(['segments']), top(SESSIONS_PAGE), COUNT, SKIPTOKEN, PREFER],
    responses,
  );
}
