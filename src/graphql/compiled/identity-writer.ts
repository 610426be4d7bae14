import { EndpointType } from '../../domain/enums.js';
import { IdentityKind } from '../../domain/identity.js';
import type { ByteText } from '../../domain/byte-text.js';
import { NotCompiled } from './not-compiled.js';
import { type Scope, type Selected, selectedBelow, objectType } from './selections.js';
import { StoredJson } from './stored-json.js';

/** Writes the value of a member at which the walk stands. */
type MemberWriter = (json: StoredJson) => string;

/** Members of a stored object that are selected, and the answer around them. */
interface Template {
  /** What stands before each member. */
  pieces: string[];
  /** What stands there unless the object says otherwise. */
  defaults: string[];
  writers: Map<string, { place: number; write: MemberWriter }>;
}

const KINDS = new Set<string>(Object.values(IdentityKind));
const ENDPOINT_TYPES = new Set(Object.values(EndpointType).map((member) => JSON.stringify(member)));

/** A writer of a stored list of identity sets as it is selected. */
export function setsWriter(scope: Scope, selected: Selected): (stored: ByteText) => ByteText {
  const write = storedWriter(setTemplate(scope, selected));
  return (stored) => {
    const json = new StoredJson(stored);
    if (!json.enterList()) throw new NotCompiled('no list of sets');
    let text = '';
    while (json.nextItem()) text += text === '' ? write(json) : `,${write(json)}`;
    return `[${text}]`;
  };
}

/** A writer of one stored identity set as it is selected. */
export function setWriter(scope: Scope, selected: Selected): (stored: ByteText) => ByteText {
  const write = storedWriter(setTemplate(scope, selected));
  return (stored) => write(new StoredJson(stored));
}

function setTemplate(scope: Scope, { nodes }: Selected): Template {
  return template(selectedBelow(scope, objectType(scope, 'IdentitySet'), nodes), 'IdentitySet', (member) => {
    if (member.name === 'endpointType') return writeEndpointType;
    if (!KINDS.has(member.name)) throw new NotCompiled(`IdentitySet.${member.name}`);
    const write = storedWriter(identityTemplate(scope, member));
    return (json) => (json.takeNull() ? 'null' : write(json));
  });
}

const TEXTS: Record<string, Set<string>> = {
  Identity: new Set(['id', 'displayName', 'tenantId']),
  UserIdentity: new Set(['id', 'displayName', 'tenantId', 'userPrincipalName']),
};

function identityTemplate(scope: Scope, { name, nodes }: Selected): Template {
  const type = name === 'user' ? 'UserIdentity' : 'Identity';
  return template(selectedBelow(scope, objectType(scope, type), nodes), type, (member) => {
    if (!TEXTS[type]?.has(member.name)) throw new NotCompiled(`${type}.${member.name}`);
    return (json) => json.stringOrNull();
  });
}

/** A member that this version does not know is `unknownFutureValue`. */
function writeEndpointType(json: StoredJson): string {
  const written = json.stringOrNull();
  return written === 'null' || ENDPOINT_TYPES.has(written) ? written : '"unknownFutureValue"';
}

function template(selected: Selected[], type: string, writerOf: (member: Selected) => MemberWriter): Template {
  const result: Template = { pieces: [], defaults: [], writers: new Map() };
  selected.forEach((member, place) => {
    const isTypename = member.name === '__typename';
    result.pieces.push(`${place === 0 ? '' : ','}${JSON.stringify(member.key)}:`);
    result.defaults.push(isTypename ? JSON.stringify(type) : 'null');
    if (isTypename) return;
    // Under two keys: rare enough to be left to graphql-js.
    if (result.writers.has(member.name)) throw new NotCompiled('a member selected twice');
    result.writers.set(member.name, { place, write: writerOf(member) });
  });
  return result;
}

/** Walks over an object once, keeps what is selected, and writes it in the order of the answer. */
function storedWriter({ pieces, defaults, writers }: Template): MemberWriter {
  const count = pieces.length;
  return (json) => {
    if (!json.enterObject()) throw new NotCompiled('no object');
    const values = [...defaults];
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      const member = writers.get(key);
      if (member) values[member.place] = member.write(json);
      else json.skip();
    }
    let text = '{';
    for (let place = 0; place < count; place++) text += (pieces[place] as string) + (values[place] as string);
    return `${text}}`;
  };
}
