import {
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { isLosslessNumber, type LosslessNumber } from 'lossless-json';
import { ENOUGH_VIOLATIONS, type Violation } from './errors.js';

/** How a door reads JSON values, and words what is wrong with them. */
export interface Reading {
  /**
   * Whether only a list counts as a list, and only text as text. GraphQL also takes a single item for a list, and a
   * number for an ID.
   */
  isStrict: boolean;
  /** The message for a missing member. */
  absent(name: string, type: GraphQLInputType): string;
  /** The message for null where a value is required. */
  null(type: GraphQLInputType): string;
  list(type: GraphQLInputType): string;
  object(type: GraphQLInputObjectType): string;
  unknown(name: string, type: GraphQLInputObjectType): string;
  /** The message for a name that an enumeration does not have. */
  name(type: GraphQLEnumType, name: string): string;
  /** The message for a value that a scalar or an enumeration does not take; `error` is what it threw, if anything. */
  leaf(type: GraphQLLeafType, error?: Error): string;
}

/** A value in the form that resolvers get, and its violations; coercion stops at 5,000 of them. */
export interface Coerced {
  /**
   * As far as it could be read. Members that could not are undefined; invalid values inside them are left as they came.
   */
  value: unknown;
  violations: Violation[];
}

/**
 * Reads a value into the form that resolvers get. Adds violations, whose paths run from the innermost member outwards.
 */
type Reader = (value: unknown, violations: Violation[]) => unknown;

/**
 * Coerces JSON values to GraphQL input types (GraphQL specification, section 3.10 and "Input Coercion" of each type),
 * and keeps all digits of numbers. Types are compiled once. A valid value is walked once, without tracking paths.
 */
export class InputCoercer {
  // Weak, so that the reader of a type is freed together with the type.
  private readonly readers = new WeakMap<GraphQLInputType, Reader>();

  constructor(private readonly reading: Reading) {}

  /** Paths of violations start with `root`. */
  coerce(value: unknown, type: GraphQLInputType, root: readonly (string | number)[] = []): Coerced {
    const violations: Violation[] = [];
    const read = this.readerOf(type)(value, violations);
    if (violations.length === 0) return { value: read, violations };
    const isWhole = violations.length < ENOUGH_VIOLATIONS && violations.every(({ path }) => path.length > 0);
    for (const violation of violations) {
      const [name, ...rest] = violation.path.reverse();
      if (isWhole && rest.length === 0) (read as { [name: string | number]: unknown })[name as string] = undefined;
      violation.path = [...root, ...violation.path];
    }
    return { value: isWhole ? read : undefined, violations };
  }

  private readerOf(type: GraphQLInputType): Reader {
    const known = this.readers.get(type);
    if (known) return known;
    // Input types may contain themselves: the reader being made is complete by the time it is called.
    let made: Reader | null = null;
    this.readers.set(type, (value, violations) => (made as Reader)(value, violations));
    made = this.makeReader(type);
    this.readers.set(type, made);
    return made;
  }

  private makeReader(type: GraphQLInputType): Reader {
    if (isNonNullType(type)) {
      const read = this.readerOf(type.ofType);
      return (value, violations) => {
        if (value != null) return read(value, violations);
        return refuse(violations, 'required', this.reading.null(type), value);
      };
    }
    const read = isListType(type)
      ? this.listReader(type, this.readerOf(type.ofType))
      : isInputObjectType(type)
        ? this.objectReader(type)
        : this.leafReader(type);
    return (value, violations) => (value == null ? null : read(value, violations));
  }

  private listReader(type: GraphQLInputType, read: Reader): Reader {
    return (value, violations) => {
      if (!Array.isArray(value)) {
        return this.reading.isStrict
          ? refuse(violations, 'type', this.reading.list(type), value)
          : [read(value, violations)];
      }
      const items: unknown[] = [];
      for (let index = 0; index < value.length && violations.length < ENOUGH_VIOLATIONS; index++) {
        const before = violations.length;
        items.push(read(value[index], violations));
        if (violations.length > before) place(violations, before, index);
      }
      return items;
    };
  }

  private objectReader(type: GraphQLInputObjectType): Reader {
    const fields = Object.values(type.getFields()).map(({ name, type: ofType, defaultValue }) => ({
      ...{ name, ofType, defaultValue, read: this.readerOf(ofType) },
      isRequired: isNonNullType(ofType) && defaultValue === undefined,
    }));
    const names = new Set(fields.map(({ name }) => name));
    return (value, violations) => {
      if (typeof value !== 'object' || Array.isArray(value) || isLosslessNumber(value))
        return refuse(violations, 'type', this.reading.object(type), value);
      const given = value as { [name: string]: unknown };
      let unseen = Object.keys(given).length;
      const result: { [name: string]: unknown } = {};
      for (const { name, ofType, defaultValue, isRequired, read } of fields) {
        const member = given[name];
        if (member !== undefined) {
          const before = violations.length;
          result[name] = read(member, violations);
          if (violations.length > before) place(violations, before, name);
          unseen--;
        } else if (defaultValue !== undefined) result[name] = defaultValue;
        else if (isRequired)
          violations.push({ path: [name], rule: 'required', message: this.reading.absent(name, ofType) });
      }
      if (unseen > 0) this.refuseUnknown(given, names, type, violations);
      return result;
    };
  }

  private refuseUnknown(
    given: object,
    names: ReadonlySet<string>,
    type: GraphQLInputObjectType,
    violations: Violation[],
  ): void {
    for (const [name, member] of Object.entries(given)) {
      if (names.has(name) || member === undefined) continue;
      if (violations.length >= ENOUGH_VIOLATIONS) break;
      violations.push({ path: [name], rule: 'unknown', message: this.reading.unknown(name, type) });
    }
  }

  private leafReader(type: GraphQLLeafType): Reader {
    const { isStrict } = this.reading;
    const isText = type.name === 'String' || type.name === 'ID';
    return (value, violations) => {
      // graphql-js throws for an unknown name: the stack and its suggestions take longer than all the rest.
      if (typeof value === 'string' && isEnumType(type)) {
        const known = type.getValue(value);
        return known ? (known.value as unknown) : refuse(violations, 'enum', this.reading.name(type, value), value);
      }
      if (isStrict && isText) return typeof value === 'string' ? value : this.refuseLeaf(type, value, violations);
      try {
        const parsed: unknown = type.parseValue(isLosslessNumber(value) ? plain(value, type) : value);
        return parsed === undefined ? this.refuseLeaf(type, value, violations) : parsed;
      } catch (error) {
        return this.refuseLeaf(type, value, violations, error as Error);
      }
    };
  }

  private refuseLeaf(type: GraphQLLeafType, value: unknown, violations: Violation[], error?: Error): unknown {
    return refuse(violations, ruleOf(type, value, this.reading), this.reading.leaf(type, error), value);
  }
}

function refuse(violations: Violation[], rule: string, message: string, value: unknown): unknown {
  violations.push({ path: [], rule, message });
  return value;
}

/** Puts violations found since `from` below this member or item. */
function place(violations: Violation[], from: number, name: string | number): void {
  for (let index = from; index < violations.length; index++) violations[index]?.path.push(name);
}

/** Scalars whose name is also the name of the rule that their values must meet. */
const OWN_RULES = new Set(['DateTimeOffset', 'Int64']);

function ruleOf(type: GraphQLLeafType, value: unknown, { isStrict }: Reading): string {
  if (isEnumType(type)) return isStrict || typeof value === 'string' ? 'enum' : 'type';
  return OWN_RULES.has(type.name) ? type.name : 'type';
}

/** A number in the form that its scalar takes. Only Int64 takes all digits. */
function plain(number: LosslessNumber, { name }: GraphQLLeafType): unknown {
  const digits = number.toString();
  if (name === 'Int64') return number;
  return name === 'ID' && /^-?\d+$/.test(digits) ? digits : Number(digits);
}
