import { sql } from 'kysely';
import { isStorable } from '../../domain/text.js';
import type { Dialect } from '../engine/engine.js';
import { gramsOf } from '../engine/grams.js';

/** Ids that the database cannot hold find nobody. */
const eachUser: Dialect['eachUser'] = (users) =>
  sql<{ value: string }>`unnest(${users.filter(isStorable)}::text[])`.as<'u'>(sql`u(value)`);

/** The parts of statements as PostgreSQL writes them. */
export const DIALECT: Dialect = {
  nowMs: sql`floor(extract(epoch from statement_timestamp()) * 1000)::bigint`,
  eachUser,
  recordsOfEach: (database, users, ids) =>
    database
      .selectFrom(eachUser(users))
      .innerJoinLateral(ids.as('page'), (join) => join.onTrue())
      .innerJoin('call_records as r', 'r.id', 'page.id'),
  // The offset keeps the planner from joining otherwise: it expects a ninth of all records in each part.
  recordsOfParts: (parts, condition) =>
    sql`${parts} cross join lateral (select * from call_records as r where ${condition} offset 0) as r`,
  holdsGuid: (text, guid) => sql`strpos(lower(${text}), ${guid}) > 0`,
  holdsText: (list, text) => sql`exists (select 1 from json_array_elements_text(${list}::json) t where t = ${text})`,
  // Readers go on, and so do writers, who touch no sums.
  lockSums: sql`lock table call_record_sums in share row exclusive mode`,
  list: (values) => sql`json_build_array(${values})`,
  listOf: (values) => sql`json_agg(json_build_array(${values}))::text`,
  forUpdate: (rows) => rows.forUpdate(),
  knownWith: (text) => sql`from known_identities n where grams(n.search_text) @> ${gramsOf(text)}::text[]`,
};

/** A character of a row read as text, given its code point. */
export const separator = (code: number) => sql.raw<string>(`chr(${code})`);
