import Database from 'better-sqlite3';

/** Bytes of pages that may wait in memory while a file is made larger. */
const CACHE_KIB = 2_000_000;

/** The times of a record, earlier by as many days as the copy's number. */
const EARLIER = (column: string) =>
  `strftime('%Y-%m-%dT%H:%M:%S', t.${column}, '-' || c.number || ' days') || substr(t.${column}, 20)`;

const CHANGED: Record<string, (column: string) => string> = {
  id: () => 'c.id',
  record_id: () => 'c.id',
  start_date_time: EARLIER,
  end_date_time: EARLIER,
  last_modified_date_time: EARLIER,
};

/** The tables whose rows belong to a record, by what names it, in the order in which rows go in fastest. */
const TABLES = [
  { name: 'call_records', record: 'id', order: 'c.id' },
  { name: 'call_record_sessions', record: 'record_id', order: 'c.id, t.position' },
  { name: 'call_record_identities', record: 'record_id', order: 'c.id, t.position, t.kind' },
  { name: 'call_record_streams', record: 'record_id', order: 'c.id, t.position, t.place' },
  { name: 'call_record_people', record: 'record_id', order: '1, 2, 3' },
];

/**
 * Makes a file of `times` as many records out of one of ours: the same people and calls on earlier days, under other
 * ids. To generate and import millions of records would take an hour. Nothing else may have the file open.
 */
export function multiply(path: string, times: number, progress: (what: string) => void): void {
  const database = new Database(path);
  // Whoever is interrupted here starts again with a new file.
  database.pragma('journal_mode = OFF');
  database.pragma('synchronous = OFF');
  database.pragma(`cache_size = -${CACHE_KIB}`);
  database.pragma('temp_store = FILE');
  const indexes = database
    .prepare<[], { name: string; sql: string }>(
      `select name, sql from sqlite_schema where type = 'index' and sql is not null`,
    )
    .all();
  for (const { name } of indexes) database.exec(`drop index ${name}`);
  progress('ids');
  database.exec(`
    create temp table copies as
      with recursive numbers (number) as (select 1 union all select number + 1 from numbers where number < ${times - 1})
      select r.id as original, n.number, lower(hex(randomblob(4))) || substr(r.id, 9) as id
      from call_records r join numbers n where n.number <= ${times - 1} order by 3`);
  database.exec(`create temp table originals as select * from call_record_people`);
  database.exec(`create index temp.originals_by_record on originals (record_id)`);
  for (const { name, record, order } of TABLES) {
    progress(name);
    const columns = (database.pragma(`table_info(${name})`) as { name: string }[]).map((column) => column.name);
    const values = columns.map((column) => CHANGED[column]?.(column) ?? `t.${column}`);
    // People are kept in the order of their ids, so that a record's own are looked up in a copy of the table.
    const source = name === 'call_record_people' ? 'originals' : name;
    database.exec(`
      insert into ${name} (${columns.join()})
      select ${values.join()} from copies c cross join ${source} t on t.${record} = c.original order by ${order}`);
  }
  progress('call_record_changes');
  database.exec(`insert into call_record_changes (record_id, kind, version, changed_at)
    select c.id, 'created', r.version, unixepoch('subsec') * 1000 from copies c join call_records r on r.id = c.id`);
  for (const { name, sql } of indexes) {
    progress(name);
    database.exec(sql);
  }
  database.close();
}
