import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import { CallRecordOrderField } from '../../domain/filter.js';
import {
  asksForUrl,
  type Candidates,
  conjuncts,
  findCandidates,
  isNamed,
  isPersonAlone,
  type Person,
  type Selection,
} from './index-conditions.js';
import { COLUMNS, indexedColumn, ORDER_FIELDS } from './order-columns.js';
import { compileFilter, inRange, isUnconstrained, type RecordQuery } from './compile-filter.js';
import { entriesUpTo } from './identity-matches.js';
import { paged } from './keyset.js';
import type { Query, Readers, Scan } from '../engine/readers.js';
import type { Tables } from '../rows/tables.js';
import { IN_TROUBLE } from '../rows/quality-columns.js';
import { type AccessPath, type Found, type Ordered, type Start, startsInRange, visible } from './path-query.js';

/** Up to this many entries are gathered and sorted before any other way is considered. */
const GATHERED_LIMIT = 5_000;
/**
 * A page is searched along the order for this many entries. If it is not full then, the entries of a candidate are
 * gathered instead.
 */
const WALKED_LIMIT = 5_000;
/** The bound if the alternative is to look at every record: for a count, or for a filter on identities alone. */
const FAR: Bound = { limit: 50_000, along: 'none' };

/** The number of entries that may be gathered, and whether a person's calls come in the order asked for. */
interface Bound {
  limit: number;
  along: 'person' | 'none';
}

/**
 * Chooses a way of bounded cost, whatever is stored. It counts the entries of each candidate, up to a limit.
 * - Few records (by ids, a meeting, a person, a name, a tenant, a range) are gathered and sorted.
 * - A person's calls come in order of start from the index of that person.
 * - In another order, the records of a person with many calls are searched along the order, and gathered if that takes
 * long. The same holds in any order, up to a limit, for a name, a tenant or many ids with many calls.
 * - Otherwise the index of the order is read, and entries that do not match are passed over.
 * The indexes hold the columns of filters and orders: to pass over an entry, or to sort it, reads no record.
 */
export async function choosePath(readers: Readers, list: Ordered): Promise<AccessPath> {
  const { field } = list.order;
  const candidates = findCandidates(list, field);
  const byStart = field === CallRecordOrderField.START_DATE_TIME;
  if (candidates.hasIds) return path({ from: 'ids' }, 'none', 'range');
  // The index gives the records of several spellings in no common order.
  if (candidates.hasUrl) return path({ from: 'url' }, 'none', 'range');
  const known = obvious(candidates, list, readers);
  if (known) return known;
  const bound = { limit: GATHERED_LIMIT, along: byStart ? 'person' : 'none' } as const;
  const few = await fewest(readers, candidates, list, bound);
  if (few) return few;
  const [person] = candidates.people;
  if (!person) return passingOverOthers(readers, candidates, list);
  if (byStart) return passingOver(readers, callsOf(person), 'person');
  return (await isNear(readers.readerFor('rows', list.asker), list))
    ? path({ from: 'order' }, 'order', 'range')
    : path(callsOf(person), 'none', 'rows');
}

const path = (found: Found, along: Start['along'], scan: Scan): AccessPath => ({
  ...found,
  along,
  scan,
  entriesFirst: along === 'none',
});

/** The calls of a person, found by their start. */
const callsOf = (person: Person): Found => ({ from: 'person', person, callsBy: 'start' });

/** A way in order that may pass over many entries. */
const passingOver = ({ readsEntriesAlone }: Readers, found: Found, along: Start['along']): AccessPath => ({
  ...path(found, along, 'rows'),
  entriesFirst: !readsEntriesAlone,
});

/**
 * The way if no person is asked for: along the order, unless the records of an identity are far apart and not too many.
 */
async function passingOverOthers(readers: Readers, candidates: Candidates, list: Ordered): Promise<AccessPath> {
  const along = passingOver(readers, { from: 'order' }, 'order');
  if (candidates.identities.length === 0 || (await isNear(readers.readerFor('rows', list.asker), list))) return along;
  return (await fewest(readers, { ...candidates, ranges: [] }, list, FAR)) ?? along;
}

/** The way, if only one is possible, and its length is known or does not matter. */
function obvious(
  { people, identities, ranges, inTrouble: isInTrouble }: Candidates,
  list: Ordered,
  readers: Readers,
): AccessPath | null {
  const [person, ...others] = people;
  const byStart = list.order.field === CallRecordOrderField.START_DATE_TIME;
  if (isInTrouble && people.length + identities.length + ranges.length === 0)
    return byStart ? alongTrouble(list, readers) : null;
  if (!person && identities.length + ranges.length === 0)
    return isOrderAlone(list)
      ? path({ from: 'order' }, 'order', 'range')
      : passingOver(readers, { from: 'order' }, 'order');
  if (!person || !byStart || others.length > 0) return null;
  // The index by start tells which records are cached. Without a cache, ids lead to the records directly.
  if (isPersonAlone(list, person))
    return path({ from: 'person', person, callsBy: readers.readsEntriesAlone ? 'start' : 'id' }, 'person', 'range');
  if (readers.isShared || identities.length + ranges.length > 0) return null;
  return passingOver(readers, callsOf(person), 'person');
}

/** Poor and failed records have an index by start. Most of them are poor. */
function alongTrouble({ filter }: Ordered, readers: Readers): AccessPath {
  const rest = { ...filter, quality: null, [CallRecordOrderField.START_DATE_TIME]: null };
  const isAlone = filter?.quality != null && isUnconstrained(rest);
  return isAlone ? path({ from: 'trouble' }, 'order', 'range') : passingOver(readers, { from: 'trouble' }, 'order');
}

/** Whether the filter is empty, or only limits the field of the order to a range. */
function isOrderAlone({ filter, order }: Ordered): boolean {
  return isUnconstrained({ ...filter, [order.field]: null });
}

/** Chooses how records are counted: by a person's calls, or by few entries; otherwise the database plans by itself. */
export async function chooseCountPath(readers: Readers, selection: Selection): Promise<AccessPath> {
  const candidates = { ...findCandidates(selection, null), ranges: [] };
  const { people, identities } = candidates;
  const [person] = people;
  if (person && isPersonAlone(selection, person)) return path(callsOf(person), 'none', 'entries');
  const bounded = candidates.hasIds || candidates.hasUrl;
  if (bounded || people.length + identities.length === 0)
    return !bounded && candidates.inTrouble
      ? path({ from: 'trouble' }, 'none', 'rows')
      : path({ from: 'order' }, 'none', bounded ? 'range' : isIndexAlone(selection) ? 'entries' : 'rows');
  const few = await fewest(readers, candidates, selection, FAR);
  return few ?? path(person ? callsOf(person) : { from: 'order' }, 'none', 'rows');
}

/**
 * Chooses how records are added up: like their count, but a long look does not go where the database finds the fewest
 * entries. It goes along the start, as that index holds all that is added up.
 */
export async function chooseSumPath(readers: Readers, selection: Selection): Promise<AccessPath> {
  const counted = await chooseCountPath(readers, selection);
  if (counted.from !== 'order' || counted.scan === 'range' || !readers.readsEntriesAlone) return counted;
  const { ranges } = findCandidates(selection, CallRecordOrderField.START_DATE_TIME);
  const candidates = { hasIds: false, hasUrl: false, people: [], identities: [], inTrouble: false, ranges };
  const few = ranges.length > 0 ? await fewest(readers, candidates, selection, FAR) : null;
  return few ?? path({ from: 'order' }, 'order', 'rows');
}

/** Whether one index alone gives the count. */
function isIndexAlone({ filter }: Selection): boolean {
  const members = Object.entries(filter ?? {}).filter(([, member]) => member != null);
  return (
    members.length === 0 || (members.length === 1 && ORDER_FIELDS.some((field) => members[0]?.[0] === String(field)))
  );
}

/**
 * The way from the fewest entries; null if each candidate has too many. A person's calls in order win over fewer
 * entries.
 */
async function fewest(
  readers: Readers,
  candidates: Candidates,
  selection: Selection,
  bound: Bound,
): Promise<AccessPath | null> {
  const counted = await countEntries(readers, candidates, selection, bound);
  const few = counted.filter(({ count }) => count <= bound.limit);
  const inOrder = few.find(({ way }) => way.along !== 'none');
  const [least] = few.sort((a, b) => a.count - b.count);
  const found = inOrder ?? least;
  if (!found) return null;
  return found.count <= GATHERED_LIMIT ? found.way : { ...found.way, scan: 'rows' };
}

/** The number of entries of each candidate, in one statement. It counts one more than may be gathered, at most. */
async function countEntries(
  readers: Readers,
  candidates: Candidates,
  selection: Selection,
  { limit, along }: Bound,
): Promise<{ way: AccessPath; count: number }[]> {
  // A search for a part of a name looks at each name.
  const database = readers.readerFor(
    candidates.identities.some(({ identity }) => isNamed(identity)) ? 'rows' : 'range',
    selection.asker,
  );
  const one = sql<number>`1`.as('one');
  const more = sql.lit(limit + 1);
  const ways: { way: AccessPath; entries: Expression<unknown> }[] = [
    ...candidates.people.map((person) => ({
      way: path(callsOf(person), along, 'range'),
      entries: entriesOf(database, person, selection).select(one).limit(more),
    })),
    ...candidates.identities.map((identity) => ({
      way: path({ from: 'identity', identity }, 'none', 'range'),
      entries: entriesUpTo(database, identity.identity, limit + 1),
    })),
    ...candidates.ranges.map((field) => ({
      way: path({ from: 'range', field }, 'none', 'range'),
      entries: inside(database, field, selection).select(one).limit(more),
    })),
  ];
  if (candidates.inTrouble) {
    const way = path({ from: 'trouble' }, along === 'person' ? 'order' : 'none', 'range');
    ways.push({ way, entries: inTrouble(database).select(one).limit(more) });
  }
  const counts = ways.map(({ entries }, index) =>
    sql<number | string>`(select count(*) from ${entries} as entries)`.as(`count${index}`),
  );
  const [row] = await database.selectNoFrom(counts).execute();
  return ways.map(({ way }, index) => ({ way, count: Number(row?.[`count${index}`]) }));
}

function entriesOf(database: Kysely<Tables>, { id }: Person, selection: Selection) {
  return database
    .selectFrom('call_record_people as p')
    .where('p.identity_id', '=', sql<string>`${id}`)
    .where((expression) => expression.and(startsInRange(selection)));
}

const inTrouble = (database: Kysely<Tables>) => database.selectFrom('call_records as r').where(IN_TROUBLE);

/** The records whose field lies in all ranges that the selection has for it. */
function inside(database: Kysely<Tables>, field: CallRecordOrderField, { filter }: Selection): Query<object> {
  const ranges = conjuncts(filter).flatMap((part) => inRange(field, part, indexedColumn(field)));
  const query = database.selectFrom('call_records as r') as Query<object>;
  return query.where((expression) => expression.and(ranges));
}

const WALKED = [
  ...ORDER_FIELDS.map((field) => `r.${COLUMNS[field]}` as const),
  'r.id',
  'r.type',
  'r.modality_bits',
  'r.participant_count',
  'r.quality_bits',
] as const;

/** Whether the first records from the page's position on fill the page. */
async function isNear(database: Kysely<Tables>, list: Ordered): Promise<boolean> {
  const {
    filter,
    page: { limit },
  } = list;
  const all = inside(database, list.order.field, list);
  const first = paged(all, { ...list, page: { ...list.page, limit: WALKED_LIMIT - 1 }, along: 'order' })
    .select(WALKED)
    // The index does not hold the URL.
    .$if(asksForUrl(filter), (walked) => walked.select('r.join_web_url'));
  const query = database.selectFrom(first.as('r') as never) as Query<object>;
  const wanted = visible(query, list)
    .where((expression): Expression<SqlBool> =>
      filter
        ? compileFilter(expression as never as RecordQuery, filter, { indexed: [], visibleTo: list.visibleTo })
        : expression.and([]),
    )
    .select(sql`1`.as('one'))
    .limit(limit + 1);
  const [row] = await database
    .selectFrom(wanted.as('found'))
    .select(sql<number | string>`count(*)`.as('count'))
    .execute();
  return Number(row?.count ?? 0) > limit;
}
