import * as z from 'zod';
import { type ErrorCode, ERRORS } from '../domain/errors.js';
import { batchAnswerSchema, batchSchema, MOST_REQUESTS } from './batch-schema.js';
import { PARTICIPANT, RECORD, SEGMENT, SESSION, type Offer } from './offers.js';
import {
  DEFAULT_TOP,
  ORDERABLE,
  PARTICIPANTS_PAGE,
  RECORDS_WITH_SESSIONS,
  SEGMENTS_PAGE,
  SESSIONS_PAGE,
} from './query-options.js';
import {
  callRecordSchema,
  createBodySchema,
  errorSchema,
  nothingSchema,
  pageSchema,
  participantSchema,
  segmentSchema,
  sessionSchema,
} from './schemas.js';

const COLLECTION = '/communications/callRecords';
const RECORD_PATH = `${COLLECTION}/{id}`;
const EXAMPLE_ID = '01a212ed-d8fc-7713-b71d-f19200b2321f';

/** The OpenAPI 3.1 description of this door as JSON. */
export function openApiText(): string {
  return JSON.stringify(openApi());
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
    servers: [{ url: '/v1.0' }, { url: '/beta', description: 'The same.' }],
    security: [{ bearer: [] }],
    tags: [{ name: 'callRecords', description: 'One call or meeting occurrence each, known once it has ended.' }],
    paths: {
      [COLLECTION]: { get: listRecords(), post: createRecord() },
      [`${COLLECTION}/$count`]: { get: count('countCallRecords', 'How many records there are.', [FILTER]) },
      [RECORD_PATH]: { parameters: [ID], get: getRecord(), delete: deleteRecord() },
      [`${RECORD_PATH}/organizer_v2`]: { parameters: [ID], get: getOrganizer() },
      ...collection(`${RECORD_PATH}/participants_v2`, [ID], PARTICIPANTS, key('key', 'The id of an identity.')),
      ...collection(`${RECORD_PATH}/sessions`, [ID], SESSIONS, SESSION_KEY),
      ...collection(`${RECORD_PATH}/sessions/{key}/segments`, [ID, SESSION_KEY], SEGMENTS, key('segment', PLACE)),
      '/$batch': { post: batch() },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: {
        createCallRecord: schemaOf(createBodySchema),
        callRecord: schemaOf(callRecordSchema),
        participant: schemaOf(participantSchema),
        session: schemaOf(sessionSchema),
        segment: schemaOf(segmentSchema),
        callRecordPage: schemaOf(pageSchema(z.unknown()), 'callRecord'),
        participantPage: schemaOf(pageSchema(z.unknown()), 'participant'),
        sessionPage: schemaOf(pageSchema(z.unknown()), 'session'),
        segmentPage: schemaOf(pageSchema(z.unknown()), 'segment'),
        batch: z.toJSONSchema(batchSchema, { io: 'input' }),
        batchAnswer: z.toJSONSchema(batchAnswerSchema, { io: 'input' }),
        error: schemaOf(errorSchema),
        nothing: schemaOf(nothingSchema),
      },
    },
  };
}

/** What an object of a body may hold beside its properties: annotations, and members that are null or empty. */
const forgiving = () => ({ additionalProperties: reference('nothing'), patternProperties: { '@': {} } });

/** The JSON Schema of a zod schema; `item` names the component for the items of `value`. */
function schemaOf(schema: z.ZodType, item?: string): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // `nothing` itself needs no such addition.
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

const PLACE = 'Its id or, from 0 on, its place: an id may stand there twice.';
const key = (name: string, description: string) => ({
  ...{ name, in: 'path', required: true, schema: { type: 'string' }, description },
});
const SESSION_KEY = key('key', PLACE);

const query = (name: string, schema: object, description: string) => ({ name, in: 'query', schema, description });
const header = (name: string, description: string) => ({ name, in: 'header', schema: { type: 'string' }, description });
const listed = (parameter: object) => ({ ...parameter, style: 'form', explode: false });
const names = (items: object) => ({ type: 'array', items: { type: 'string', ...items } });

/** A list of names; clients may also send the option once per name. */
const select = ({ selectable }: Offer) =>
  listed(
    query('$select', names({ enum: ['*', ...selectable] }), 'Properties wanted; the id of a record comes always.'),
  );
const expand = ({ expandable }: Offer) =>
  listed(
    query(
      '$expand',
      names({ pattern: `^\\s*(\\*|${Object.keys(expandable).join('|')})\\s*(\\(.*\\))?\\s*$` }),
      'Related parts wanted; behind a name $select and $expand of its own, as in sessions($select=id;$expand=segments).',
    ),
  );
const COUNT = query('$count', { type: 'boolean' }, 'Whether to tell in @odata.count how many there are in all.');
const SKIP = query(
  '$skip',
  { type: 'integer', minimum: 0 },
  'Items to pass over, with a page up to MAX_RECORDS records; next links cost the same however far they are.',
);
const SKIPTOKEN = query('$skiptoken', { type: 'string' }, 'Part of next links: follow those as they are.');
const PREFER = header(
  'Prefer',
  'odata.maxpagesize=n, include-unknown-enum-members, omit-values=nulls, return=minimal or return=representation.',
);
const FILTER = query(
  '$filter',
  { type: 'string' },
  "lt, le, gt, ge, eq, ne on date-times; eq, ne, in on id, type, joinWebUrl and organizer_v2/id, with null too; participants_v2/any(p:p/id eq '…'), modalities/any(m:m eq '…'); and, or, not, parentheses.",
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
    'Size of a page, cut to a limit of the server, MAX_PAGE_SIZE; next links go on.',
  );

/** The errors of every path; `more` are those of one operation. */
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
    `A page of the records that the caller may see; with their sessions ${RECORDS_WITH_SESSIONS} at most.`,
    [select(RECORD), expand(RECORD), FILTER, ORDERBY, top(DEFAULT_TOP), SKIP, COUNT, SKIPTOKEN, PREFER],
    { 200: { description: 'A page.', content: json('callRecordPage') }, ...errors() },
  );
}

function createRecord(): object {
  const idempotencyKey = header(
    'Idempotency-Key',
    'Of your choosing, 1 to 255 characters: makes repeating this create harmless.',
  );
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
    ...operation(
      'createCallRecord',
      'Stores a record.',
      [select(RECORD), expand(RECORD), idempotencyKey, PREFER],
      responses,
    ),
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
  return operation('getCallRecord', 'One record.', [select(RECORD), expand(RECORD), PREFER, match], responses);
}

function deleteRecord(): object {
  const match = header('If-Match', 'The ETag of the record that is meant; another state of it is not deleted.');
  const responses = { 204: { description: 'Deleted.' }, ...errors('NOT_FOUND', 'PRECONDITION_FAILED') };
  return operation('deleteCallRecord', 'Deletes a record and all that is known of it.', [match], responses);
}

function getOrganizer(): object {
  const responses = {
    200: { description: 'The organizer.', content: json('participant') },
    204: { description: 'The record has none.' },
    ...errors('NOT_FOUND'),
  };
  return operation('getOrganizer', 'Who organized a record.', [select(PARTICIPANT), PREFER], responses);
}

/** A collection below a record. */
interface Described {
  /** The name of an item and of the component that describes it. `Many`: the plural, for ids of operations. */
  one: string;
  Many: string;
  offer: Offer;
  pageSize: number;
}

const PARTICIPANTS: Described = {
  one: 'participant',
  Many: 'Participants',
  offer: PARTICIPANT,
  pageSize: PARTICIPANTS_PAGE,
};
const SESSIONS: Described = { one: 'session', Many: 'Sessions', offer: SESSION, pageSize: SESSIONS_PAGE };
const SEGMENTS: Described = { one: 'segment', Many: 'Segments', offer: SEGMENT, pageSize: SEGMENTS_PAGE };

/** The paths of a collection: a page of it, its count, and one item by its key. */
function collection(
  path: string,
  parameters: object[],
  { one, Many, offer, pageSize }: Described,
  own: { name: string },
) {
  const many = Many.toLowerCase();
  const shape = [select(offer), ...(Object.keys(offer.expandable).length > 0 ? [expand(offer)] : [])];
  const answers = (description: string, name: string) => ({
    200: { description, content: json(name) },
    ...errors('NOT_FOUND'),
  });
  const page = [...shape, top(pageSize), SKIP, COUNT, SKIPTOKEN, PREFER];
  return {
    [path]: {
      parameters,
      get: operation(`list${Many}`, `A page of the ${many}.`, page, answers('A page.', `${one}Page`)),
    },
    [`${path}/$count`]: { parameters, get: count(`count${Many}`, `How many ${many} there are.`, [], 'NOT_FOUND') },
    [`${path}/{${own.name}}`]: {
      parameters: [...parameters, own],
      get: operation(`get${Many.slice(0, -1)}`, `One of the ${many}.`, [...shape, PREFER], answers('It.', one)),
    },
  };
}

function count(operationId: string, summary: string, parameters: object[], ...more: ErrorCode[]): object {
  const content = { 'text/plain': { schema: { type: 'string', pattern: '^\\d+$' } } };
  return operation(operationId, summary, parameters, {
    200: { description: 'The number.', content },
    ...errors(...more),
  });
}

function batch(): object {
  const responses = {
    200: { description: 'An answer for each request, in their order.', content: json('batchAnswer') },
    ...errors('PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'),
  };
  return {
    ...operation('sendBatch', `Up to ${MOST_REQUESTS} requests in one, each as if it came by itself.`, [], responses),
    requestBody: { required: true, content: json('batch') },
  };
}
