import { isObject, type JsonObject } from '../domain/document.js';

/** Nothing here needs 4.01, and clients that send `OData-MaxVersion: 4.0` cannot read it. JSON came with 4.01. */
export const XML_VERSION = '4.0';

/**
 * Converts a service description from CSDL JSON to CSDL XML. It handles those parts of CSDL that this door's
 * description uses.
 */
export function toXml(csdl: JsonObject): string {
  const namespaces = Object.entries(csdl).filter(([name]) => !name.startsWith('$'));
  const references = Object.entries(csdl.$Reference as { [uri: string]: JsonObject }).map(([uri, { $Include }]) =>
    element('edmx:Reference', { Uri: uri.replace(/\.json$/, '.xml') }, (objects($Include) ?? []).map(includeElement)),
  );
  const schemas = namespaces.map(([Namespace, schema]) =>
    element(
      'Schema',
      { xmlns: 'http://docs.oasis-open.org/odata/ns/edm', Namespace },
      membersOf(schema).map(schemaElement),
    ),
  );
  const edmx = { 'xmlns:edmx': 'http://docs.oasis-open.org/odata/ns/edmx', Version: XML_VERSION };
  const services = element('edmx:DataServices', {}, schemas);
  return `<?xml version="1.0" encoding="utf-8"?>\n${element('edmx:Edmx', edmx, [...references, services])}`;
}

function includeElement({ $Namespace: Namespace, $Alias: Alias }: JsonObject): string {
  return element('edmx:Include', { Namespace, Alias });
}

type Attributes = { [name: string]: unknown };

function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([attribute, value]) => ` ${attribute}="${escape(String(value))}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string) => text.replace(/[&<>"]/g, (character) => ESCAPES[character] as string);

const objects = (value: unknown) => (Array.isArray(value) ? value.filter(isObject) : undefined);

/** The members that are neither keywords of CSDL JSON nor annotations. */
function membersOf(value: unknown): [string, JsonObject][] {
  const members = isObject(value) ? Object.entries(value) : [];
  return members.filter((member): member is [string, JsonObject] => !/^[$@]/.test(member[0]) && isObject(member[1]));
}

function schemaElement([Name, type]: [string, JsonObject]): string {
  const kind = type.$Kind as string;
  if (kind === 'EnumType') {
    const members = Object.entries(type).filter(([member]) => !/^[$@]/.test(member));
    return element(
      kind,
      { Name },
      members.map(([member, Value]) => element('Member', { Name: member, Value })),
    );
  }
  if (kind === 'EntityContainer')
    return element(kind, { Name }, [...annotations(type), ...membersOf(type).map(containerElement)]);
  const keys = (type.$Key as string[] | undefined)?.map((key) => element('PropertyRef', { Name: key }));
  const attributes = { Name, BaseType: type.$BaseType, OpenType: type.$OpenType };
  const children = [...(keys ? [element('Key', {}, keys)] : []), ...membersOf(type).map(propertyElement)];
  return element(kind, attributes, [...children, ...annotations(type)]);
}

function containerElement([Name, { $Collection, $Type, ...rest }]: [string, JsonObject]): string {
  return $Collection
    ? element('EntitySet', { Name, EntityType: $Type }, annotations(rest))
    : element('Singleton', { Name, Type: $Type }, annotations(rest));
}

/** In XML a property can be null unless it says otherwise; for a collection that holds of its items. */
function propertyElement([Name, property]: [string, JsonObject]): string {
  const { $Kind = 'Property', $Type = 'Edm.String', $Collection, $Nullable, $Precision, $ContainsTarget } = property;
  const isNavigation = $Kind === 'NavigationProperty';
  const attributes = {
    Name,
    Type: $Collection ? `Collection(${$Type as string})` : $Type,
    Nullable: $Nullable || (isNavigation && $Collection) ? undefined : false,
    Precision: $Precision,
    ContainsTarget: $ContainsTarget,
  };
  return element($Kind as string, attributes, annotations(property));
}

function annotations(annotated: JsonObject): string[] {
  const terms = Object.entries(annotated).filter(([name]) => name.startsWith('@'));
  return terms.map(([name, value]) => {
    const Term = name.slice(1);
    if (typeof value === 'string') return element('Annotation', { Term, String: value });
    if (typeof value === 'boolean') return element('Annotation', { Term, Bool: value });
    return element('Annotation', { Term }, [isObject(value) ? record(value) : collection('String', value as string[])]);
  });
}

/** Members of a record are Booleans, or lists of property paths. */
function record(value: JsonObject): string {
  const values = Object.entries(value).map(([Property, one]) =>
    typeof one === 'boolean'
      ? element('PropertyValue', { Property, Bool: one })
      : element('PropertyValue', { Property }, [collection('PropertyPath', one as string[])]),
  );
  return element('Record', {}, values);
}

function collection(kind: string, items: readonly string[]): string {
  return element(
    'Collection',
    {},
    items.map((item) => `<${kind}>${escape(item)}</${kind}>`),
  );
}
