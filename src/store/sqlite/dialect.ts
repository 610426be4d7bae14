import { type SqlBool, sql } from 'kysely';
import type { Dialect } from '../engine/engine.js';
import { matchOf } from '../engine/grams.js';
import type { Joining } from '../engine/raw-rows.js';

const eachUser: Dialect['eachUser'] = (users) => sql<{ value: string }>`json_each(${JSON.stringify(users)})`.as('u');

/** The parts of statements as SQLite writes them. */
export const DIALECT: Dialect = {
  nowMs: sql`cast(unixepoch('subsec') * 1000 as integer)`,
  eachUser,
  recordsOfEach: (database, users, ids) =>
    database
      .selectFrom(eachUser(users))
      .innerJoin('call_records as r', (join) => join.on(sql<SqlBool>`r.id in (${ids})`)),
  recordsOfParts: (parts, condition) => sql`${parts} cross join call_records as r on ${condition}`,
  holdsGuid: (text, guid) => sql`${text} like ${`%${guid}%`}`,
  holdsText: (list, text) => sql`exists (select 1 from json_each(${list}) as t where t.value = ${text})`,
  lockSums: null,
  list: (values) => sql`json_array(${values})`,
  listOf: (values) => sql`json_group_array(json_array(${values}))`,
  forUpdate: (rows) => rows,
  // In this order, so that a caller that takes only a few rows waits for no more.
  knownWith: (text) => sql`
    from known_identity_grams cross join known_identities n on n.number = known_identity_grams.rowid
    where known_identity_grams match ${matchOf(text)}`,
};

/** As bytes: the driver would make a text, from which bytes would have to be made again. */
export const JOINING: Joining = {
  separator: (code) => sql.raw(`char(${code})`),
  rows: (separator) => sql`cast(group_concat("row", ${separator}) as blob)`,
  isKnown: 'is_known',
};
