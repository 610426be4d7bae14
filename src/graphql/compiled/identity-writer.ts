import { EndpointType } from '../../domain/enums.js';
import { IdentityKind, kindsOf } from '../../domain/identity.js';
import type { ByteText } from '../../domain/byte-text.js';
import { NotCompiled } from './not-compiled.js';
import { type Scope, type Selected, selectedBelow, objectType } from './selections.js';
import { StoredJson } from './stored-json.js';

/** Writes the value of a member at which the walk stands. */
type MemberWriter = (json: StoredJson) => string;

/** What is written of a member, and where. */
interface Placed {
  place: number;
  write: MemberWriter;
}

/** What stands in the answer for something selected: a text that does not depend on the object, or of a member of it. */
type Source = { text: string } | { member: string; write: MemberWriter };

/** Members of a stored object that are selected, and the answer around them. */
interface Template {
  /** What stands before each member. */
  pieces: string[];
  /** What stands there unless the object says otherwise. */
  defaults: string[];
  writers: Map<string, Placed[]>;
}

const KINDS = new Set<string>(Object.values(IdentityKind));
const KIND_NAMES = new Map(Object.entries(IdentityKind).map(([name, kind]) => [kind, JSON.stringify(name)]));
const ENDPOINT_TYPES = new Set(Object.values(EndpointType).map((member) => JSON.stringify(member)));

/** A writer of a stored list of identity sets as it is selected. */
export function setsWriter(scope: Scope, selected: Selected): (stored: ByteText) => ByteText {
  const write = setMemberWriter(scope, selected);
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
  const write = setMemberWriter(scope, selected);
  return (stored) => write(new StoredJson(stored));
}

/** Members that stand for whichever identity is set. */
const OF_WHICHEVER = new Set(['kind', 'identity']);

function setMemberWriter(scope: Scope, { nodes }: Selected): MemberWriter {
  const selected = selectedBelow(scope, objectType(scope, 'IdentitySet'), nodes);
  const write = (kind?: IdentityKind) => storedWriter(setTemplate(scope, selected, kind));
  if (!selected.some(({ name }) => OF_WHICHEVER.has(name))) return write();
  const ofNone = write();
  const ofKind = new Map(Object.values(IdentityKind).map((kind) => [kind, write(kind)]));
  return (json) => {
    const [kind] = kindsOf(json.peek(() => membersOf(json)));
    return (ofKind.get(kind as IdentityKind) ?? ofNone)(json);
  };
}

/** The names of the members that are not null. */
function membersOf(json: StoredJson): { [name: string]: true } {
  if (!json.enterObject()) throw new NotCompiled('no object');
  const names: { [name: string]: true } = Object.create(null) as object as { [name: string]: true };
  for (let name = json.nextKey(); name !== null; name = json.nextKey()) {
    if (json.takeNull()) continue;
    names[name] = true;
    json.skip();
  }
  return names;
}

/** `kind`: that of the identity which stands for the set, if one is set. */
function setTemplate(scope: Scope, selected: Selected[], kind?: IdentityKind): Template {
  return template(selected, 'IdentitySet', (field) => {
    const { name } = field;
    if (name === 'endpointType') return { member: name, write: writeEndpointType };
    if (name === 'kind') return { text: kind === undefined ? 'null' : (KIND_NAMES.get(kind) as string) };
    if (name === 'identity') {
      const write = identityWriter(scope, field, 'Identity');
      return kind === undefined ? { text: 'null' } : { member: kind, write };
    }
    if (!KINDS.has(name)) throw new NotCompiled(`IdentitySet.${name}`);
    return { member: name, write: identityWriter(scope, field, name === 'user' ? 'UserIdentity' : 'Identity') };
  });
}

const TEXTS = {
  Identity: new Set(['id', 'displayName', 'tenantId']),
  UserIdentity: new Set(['id', 'displayName', 'tenantId', 'userPrincipalName']),
};

function identityWriter(scope: Scope, { nodes }: Selected, type: keyof typeof TEXTS): MemberWriter {
  const write = storedWriter(
    template(selectedBelow(scope, objectType(scope, type), nodes), type, ({ name }) => {
      if (!TEXTS[type].has(name)) throw new NotCompiled(`${type}.${name}`);
      return { member: name, write: (json) => json.stringOrNull() };
    }),
  );
  return (json) => (json.takeNull() ? 'null' : write(json));
}

/** A member that this version does not know is `unknownFutureValue`. */
function writeEndpointType(json: StoredJson): string {
  const written = json.stringOrNull();
  return written === 'null' || ENDPOINT_TYPES.has(written) ? written : '"unknownFutureValue"';
}

function template(selected: Selected[], type: string, sourceOf: (field: Selected) => Source): Template {
  const result: Template = { pieces: [], defaults: [], writers: new Map() };
  selected.forEach((field, place) => {
    const source = field.name === '__typename' ? { text: JSON.stringify(type) } : sourceOf(field);
    result.pieces.push(`${place === 0 ? '' : ','}${JSON.stringify(field.key)}:`);
    result.defaults.push('text' in source ? source.text : 'null');
    if ('text' in source) return;
    const { member, write } = source;
    result.writers.set(member, [...(result.writers.get(member) ?? []), { place, write }]);
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
      const placed = writers.get(key);
      if (placed) writeMember(json, placed, values);
      else json.skip();
    }
    let text = '{';
    for (let place = 0; place < count; place++) text += (pieces[place] as string) + (values[place] as string);
    return `${text}}`;
  };
}

/** Leaves the walk behind the member, which is written once for each place. */
function writeMember(json: StoredJson, placed: readonly Placed[], values: string[]): void {
  const last = placed.length - 1;
  for (let index = 0; index <= last; index++) {
    const { place, write } = placed[index] as Placed;
    values[place] = index === last ? write(json) : json.peek(() => write(json));
  }
}
