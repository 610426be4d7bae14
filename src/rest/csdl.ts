import { type GraphQLNamedOutputType, type GraphQLSchema, isEnumType, isObjectType } from 'graphql';
import type { JsonObject } from '../domain/document.js';
import { type GraphMember, graphMembers, memberOf } from '../domain/graph-members.js';
import { MEMBER_NAMES } from '../domain/record-members.js';
import { listCapabilities, PART_CAPABILITIES, SERVICE_CAPABILITIES } from './capabilities.js';
import { SEGMENT_PROPERTIES, SESSION_PROPERTIES } from './offers.js';
import { IDENTITY_TYPES } from './type-names.js';

/** The first version of OData with a JSON format for the description. */
export const JSON_VERSION = '4.01';

/** Microsoft Graph's own namespaces. */
const GRAPH = 'microsoft.graph';
const CALLS = 'microsoft.graph.callRecords';
const CONTAINER = `${GRAPH}.GraphService`;
/** The entity set of records, and the singleton under which Graph has them. */
export const RECORDS = 'callRecords';
const COMMUNICATIONS = 'communications';

const VOCABULARIES = 'https://oasis-tcs.github.io/odata-vocabularies/vocabularies';
const reference = (name: string, alias: string) => ({
  [`${VOCABULARIES}/${name}.json`]: { $Include: [{ $Namespace: name, $Alias: alias }] },
});

/**
 * The responses of this door, described in CSDL JSON (OData CSDL JSON 4.01). The description is made from the schema's
 * types, which read the same JSON, under Graph's names for them.
 */
export function describeService(schema: GraphQLSchema): JsonObject {
  const types = new TypeWriter(schema);
  const entities = entityTypes(types);
  return {
    $Version: JSON_VERSION,
    $EntityContainer: CONTAINER,
    $Reference: {
      ...reference('Org.OData.Core.V1', 'Core'),
      ...reference('Org.OData.Capabilities.V1', 'Capabilities'),
    },
    [GRAPH]: { ...identityTypes(types), ...types.written(GRAPH), ...serviceTypes() },
    [CALLS]: { ...entities, ...endpointTypes(types), ...types.written(CALLS) },
  };
}

function serviceTypes(): JsonObject {
  const records = { $Type: `${CALLS}.callRecord`, $Collection: true };
  return {
    cloudCommunications: {
      $Kind: 'EntityType',
      [RECORDS]: { $Kind: 'NavigationProperty', ...records, $ContainsTarget: true, ...listCapabilities() },
    },
    GraphService: {
      $Kind: 'EntityContainer',
      ...SERVICE_CAPABILITIES,
      [RECORDS]: { ...records, ...listCapabilities() },
      [COMMUNICATIONS]: { $Type: `${GRAPH}.cloudCommunications` },
    },
  };
}

function entityTypes(types: TypeWriter): JsonObject {
  const id = { '@Core.Description': 'The id of the identity in it; not unique within a record.' };
  const base = { $Kind: 'EntityType', $BaseType: `${CALLS}.participantBase`, $OpenType: true };
  const part = (name: string) => navigation(`${CALLS}.${name}`, PART_CAPABILITIES, true);
  return {
    callRecord: {
      ...{ $Kind: 'EntityType', $Key: ['id'], $OpenType: true },
      ...types.fieldsOf('CallRecord', MEMBER_NAMES),
      organizer: { $Type: `${GRAPH}.identitySet`, $Nullable: true },
      participants: { $Type: `${GRAPH}.identitySet`, $Collection: true },
      organizer_v2: navigation(`${CALLS}.organizer`),
      participants_v2: part('participant'),
      sessions: part('session'),
    },
    participantBase: {
      ...{ $Kind: 'EntityType', $Key: ['id'], $OpenType: true, id },
      identity: { $Type: `${GRAPH}.communicationsIdentitySet`, $Nullable: true },
      administrativeUnitInfos: { $Type: `${CALLS}.administrativeUnitInfo`, $Collection: true },
    },
    organizer: base,
    participant: base,
    administrativeUnitInfo: { $Kind: 'ComplexType', $OpenType: true, id: { $Nullable: true } },
    session: {
      ...{ $Kind: 'EntityType', $Key: ['id'], $OpenType: true },
      ...types.membersOf('Session', SESSION_PROPERTIES),
      segments: part('segment'),
    },
    segment: { $Kind: 'EntityType', $Key: ['id'], $OpenType: true, ...types.membersOf('Segment', SEGMENT_PROPERTIES) },
  };
}

function navigation(type: string, capabilities: object = {}, isCollection = false): JsonObject {
  const multiplicity = isCollection ? { $Collection: true } : { $Nullable: true };
  return { $Kind: 'NavigationProperty', $Type: type, ...multiplicity, $ContainsTarget: true, ...capabilities };
}

/**
 * Kinds of identity in `identitySet`, the type of the members that Graph has retired. The other kinds are in
 * `communicationsIdentitySet`.
 */
const LEGACY = ['application', 'device', 'user'];

function identityTypes(types: TypeWriter): JsonObject {
  const { userPrincipalName, ...identity } = types.membersOf('UserIdentity');
  const sets = Object.entries(types.membersOf('IdentitySet'));
  const open = { $Kind: 'ComplexType', $OpenType: true };
  const derived = new Set(Object.values(IDENTITY_TYPES).flat());
  const ofUsers = { $Kind: 'ComplexType', $BaseType: `${GRAPH}.identity`, userPrincipalName };
  const others = [...derived].filter((name) => !name.includes('.') && name !== 'userIdentity');
  return {
    identity: { ...open, ...identity },
    userIdentity: ofUsers,
    ...Object.fromEntries(others.map((name) => [name, { $Kind: 'ComplexType', $BaseType: `${GRAPH}.identity` }])),
    identitySet: { ...open, ...Object.fromEntries(sets.filter(([name]) => LEGACY.includes(name))) },
    communicationsIdentitySet: {
      ...{ $Kind: 'ComplexType', $BaseType: `${GRAPH}.identitySet` },
      ...Object.fromEntries(sets.filter(([name]) => !LEGACY.includes(name))),
    },
  };
}

/**
 * The types of endpoints of sessions. The schema computes the person at an endpoint; Graph has these members for it.
 */
function endpointTypes(types: TypeWriter): JsonObject {
  const who = {
    associatedIdentity: { $Type: `${GRAPH}.identity`, $Nullable: true },
    identity: { $Type: `${GRAPH}.identitySet`, $Nullable: true },
  };
  return {
    userIdentity: { $Kind: 'ComplexType', $BaseType: `${GRAPH}.userIdentity` },
    endpoint: types.objectType('OtherEndpoint'),
    participantEndpoint: { ...types.derivedType('ParticipantEndpoint', 'Endpoint'), ...who },
    serviceEndpoint: types.derivedType('ServiceEndpoint', 'Endpoint'),
    userAgent: types.objectType('OtherUserAgent'),
    clientUserAgent: types.derivedType('ClientUserAgent', 'UserAgent'),
    serviceUserAgent: types.derivedType('ServiceUserAgent', 'UserAgent'),
    userFeedback: {
      ...types.objectType('UserFeedback'),
      tokens: { $Type: `${CALLS}.feedbackTokenSet`, $Nullable: true },
    },
    feedbackTokenSet: { $Kind: 'ComplexType', $OpenType: true },
  };
}

const PRIMITIVES: Record<string, JsonObject> = {
  ID: {},
  String: {},
  Boolean: { $Type: 'Edm.Boolean' },
  Int: { $Type: 'Edm.Int32' },
  Int64: { $Type: 'Edm.Int64' },
  Float: { $Type: 'Edm.Single' },
  Duration: { $Type: 'Edm.Duration', $Precision: 12 },
  DateTimeOffset: { $Type: 'Edm.DateTimeOffset', $Precision: 7 },
};

/** Types whose name in Graph is not the schema's name in lower camel case, or that are in the other namespace. */
const NAMES: Record<string, string> = {
  StreamDirection: `${CALLS}.mediaStreamDirection`,
  EndpointType: `${GRAPH}.endpointType`,
  Identity: `${GRAPH}.identity`,
  UserIdentity: `${GRAPH}.identity`,
  IdentitySet: `${GRAPH}.identitySet`,
};

/** Types that are described by hand: the schema computes a part of them, or has them as interfaces. */
const BY_NAME = ['Endpoint', 'UserAgent', 'UserFeedback', 'Segment', 'Identity', 'UserIdentity', 'IdentitySet'];

const nameOf = (type: string) => NAMES[type] ?? `${CALLS}.${type.charAt(0).toLowerCase()}${type.slice(1)}`;

/** Describes types of the schema as Graph's types, and remembers which other types they need. */
class TypeWriter {
  private readonly types = new Map<string, JsonObject>();

  constructor(private readonly schema: GraphQLSchema) {}

  /** The types of a namespace that members needed. */
  written(namespace: string): JsonObject {
    const own = [...this.types].filter(([name]) => name.slice(0, name.lastIndexOf('.')) === namespace);
    return Object.fromEntries(own.map(([name, type]) => [name.slice(namespace.length + 1), type]));
  }

  objectType(name: string): JsonObject {
    return { $Kind: 'ComplexType', $OpenType: true, ...this.membersOf(name) };
  }

  /** A type with the members that its base does not have. */
  derivedType(name: string, base: string): JsonObject {
    const inherited = this.membersOf(`Other${base}`);
    const own = Object.entries(this.membersOf(name)).filter(([member]) => !Object.hasOwn(inherited, member));
    return { $Kind: 'ComplexType', $BaseType: nameOf(base), ...Object.fromEntries(own) };
  }

  /** The members of a type, or only those in `names`. An id is a key, and never null. */
  membersOf(typeName: string, names?: readonly string[]): JsonObject {
    const members = graphMembers(this.schema, typeName).filter(({ name }) => names?.includes(name) ?? true);
    return Object.fromEntries(
      members
        .filter(({ name, type }) => !(type.name === 'Segment' && name === 'segments'))
        .map((member) => [member.name, this.property({ ...member, isNullable: !names || member.name !== 'id' })]),
    );
  }

  /** Fields that are columns, not members of the stored JSON. */
  fieldsOf(typeName: string, names: readonly string[]): JsonObject {
    const type = this.schema.getType(typeName);
    const fields = isObjectType(type) ? type.getFields() : {};
    return Object.fromEntries(
      names.map((name) => {
        const field = fields[name];
        if (!field) throw new Error(`The schema has no field ${typeName}.${name}.`);
        return [name, this.property(memberOf(field))];
      }),
    );
  }

  private property({ type, isList, isNullable, description }: GraphMember): JsonObject {
    const primitive = PRIMITIVES[type.name];
    if (!primitive) this.need(type);
    return {
      ...(primitive ?? { $Type: nameOf(type.name) }),
      ...(isList ? { $Collection: true } : isNullable && { $Nullable: true }),
      '@Core.Description': description,
    };
  }

  private need(type: GraphQLNamedOutputType): void {
    const name = nameOf(type.name);
    if (this.types.has(name) || BY_NAME.includes(type.name)) return;
    this.types.set(name, {});
    if (isEnumType(type)) {
      const members = type.getValues().map(({ value }, index): [string, number] => [value as string, index]);
      this.types.set(name, { $Kind: 'EnumType', ...Object.fromEntries(members) });
    } else this.types.set(name, this.objectType(type.name));
  }
}
