import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql';

/** The messages of graphql-js for unknown names, without their suggestions, by the kind of name. */
const UNKNOWN_NAMES: { message: RegExp; knownNames: (schema: GraphQLSchema, place: string) => string[] }[] = [
  {
    message: /^Cannot query field "(?<name>\w+)" on type "(?<place>\w+)"\./,
    knownNames: (schema, type) => membersOf(schema.getType(type)),
  },
  {
    message: /^Unknown argument "(?<name>\w+)" on field "(?<place>\w+\.\w+)"\./,
    knownNames: (schema, place) => argumentsOf(schema, place),
  },
  {
    message: /^Field "(?<name>\w+)" is not defined by type "(?<place>\w+)"\./,
    knownNames: (schema, type) => membersOf(schema.getType(type)),
  },
  {
    message: /^Value "(?<name>\w+)" does not exist in "(?<place>\w+)" enum\./,
    knownNames: (schema, type) => membersOf(schema.getType(type)),
  },
  {
    message: /^Enum "(?<place>\w+)" cannot represent non-enum value: "?(?<name>\w+)"?\./,
    knownNames: (schema, type) => membersOf(schema.getType(type)),
  },
  {
    message: /^Unknown type "(?<name>\w+)"\./,
    knownNames: (schema) =>
      Object.values(schema.getTypeMap())
        .filter((type) => !isIntrospectionType(type))
        .map(({ name }) => name),
  },
];
const SUGGESTION = / Did you mean (?!to use an inline fragment).*\?$/s;
/** Longer names are no misspelling of ours, which are shorter. */
const MAX_NAME_LENGTH = 100;
const MAX_SUGGESTIONS = 3;

/**
 * A message of graphql-js with better suggestions. graphql-js suggests any name in which up to two letters of five
 * differ: for `duration` it suggested `version`, but not `durationSeconds`. Other messages stay unchanged.
 */
export function withMeantSuggestions(schema: GraphQLSchema, message: string): string {
  for (const { message: pattern, knownNames } of UNKNOWN_NAMES) {
    const found = pattern.exec(message);
    if (!found) continue;
    const { name = '', place = '' } = found.groups ?? {};
    const told = found[0];
    const rest = message.slice(told.length).replace(SUGGESTION, '');
    const meant = name.length > MAX_NAME_LENGTH ? [] : meantBy(name, knownNames(schema, place));
    const names = meant.slice(0, MAX_SUGGESTIONS).map((one) => `"${one}"`);
    return `${told}${rest}${names.length > 0 ? ` Did you mean ${alternatives(names)}?` : ''}`;
  }
  return message;
}

let disjunction: Intl.ListFormat | undefined;

/** Made at the first mistake: loading the data of a language takes too long for the start. */
function alternatives(names: readonly string[]): string {
  disjunction ??= new Intl.ListFormat('en', { type: 'disjunction' });
  return disjunction.format(names);
}

function membersOf(type: GraphQLNamedType | undefined): string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => name);
  return isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? Object.keys(type.getFields()) : [];
}

function argumentsOf(schema: GraphQLSchema, place: string): string[] {
  const [typeName = '', fieldName = ''] = place.split('.');
  const type = schema.getType(typeName);
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[fieldName] : undefined;
  return field?.args.map(({ name }) => name) ?? [];
}

/** The known names that contain all words of a name, then those with nearly the same spelling. */
function meantBy(name: string, knownNames: readonly string[]): string[] {
  const holding = knownNames.filter((known) => holdsWordsOf(known, name));
  if (holding.length > 0) return holding.sort((a, b) => a.length - b.length);
  return knownNames.filter((known) => isNearlySpeltLike(known, name));
}

/** `participantCount` holds `participant`, `CreateCallRecordInput` holds `CallRecordInput`, and `END_DATE_TIME` `endTime`. */
function holdsWordsOf(known: string, name: string): boolean {
  const words = wordsOf(name);
  const knownWords = wordsOf(known);
  return name.length > 2 && words.length > 0 && words.every((word) => knownWords.some((one) => one.startsWith(word)));
}

/** In lower case, without the endings of plurals. */
function wordsOf(name: string): string[] {
  const words = name.match(/[A-Z]?[a-z\d]+|[A-Z\d]+(?![a-z])/g) ?? [];
  return words.map((word) => word.toLowerCase().replace(/(?<=...)(?:ies|y|s)$/, ''));
}

/**
 * Whether at most one letter in four is wrong, left out, added or exchanged with the next; none in a name of three
 * letters.
 */
function isNearlySpeltLike(known: string, name: string): boolean {
  const most = Math.floor(name.length / 4);
  // The difference of the lengths is a lower bound, and the exact distance takes long for long names.
  if (Math.abs(known.length - name.length) > most) return false;
  return distance(known.toLowerCase(), name.toLowerCase()) <= most;
}

/** Optimal string alignment: the fewest letters to insert, to delete, to substitute, or to swap with the next. */
function distance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= from.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(from.length, to.length);
}
