import type Database from 'better-sqlite3';

/** Tables in the order of ids, which is random: each new row would go to a page of its own. */
const STAGED = ['call_record_identities', 'call_record_people', 'call_record_streams'];
/**
 * The name of the table that takes rows of such a table as they come. While there is one, the database is half filled.
 */
const stageOf = (table: string) => `filling_${table}`;
/** The table with the definitions of the indexes that are built after the rows. */
const INDEXES = 'filling_indexes';

/** The cache for sorting. */
const CACHE_KIB = 65_536;
/** How many stored identities are remembered: most people have the same names in all their records. */
const REMEMBERED = 200_000;

/**
 * The first fill of a database, by its only connection. Rows are appended as they come; at the end they are sorted into
 * their tables, and indexes are built. Other processes cannot open the file meanwhile, as they would miss calls of
 * people. Each commit is as durable as any other. If a fill was cut short, the next process to open the file ends it
 * first.
 */
export class Filling {
  private isUnderWay = false;
  private readonly known = new Set<string>();

  constructor(private readonly database: Database.Database) {}

  /** Begins if the database holds no record, and no other connection has it open. */
  begin(): void {
    // Checked again when no other process can write: a quicker one may have begun.
    if (this.holdsRecords || !this.lockOut()) return;
    this.isUnderWay = true;
    if (this.holdsRecords) return this.letIn();
    this.database.pragma(`cache_size = -${CACHE_KIB}`);
    this.step(() => this.prepare());
  }

  /** The table that takes the rows of another one now. */
  tableFor(table: string): string {
    return this.isUnderWay && STAGED.includes(table) && this.exists(stageOf(table)) ? stageOf(table) : table;
  }

  /** Rows of known identities that this fill has not stored yet. No other process removes any. */
  unknown<Row extends object>(rows: readonly Row[]): readonly Row[] {
    if (!this.isUnderWay || !this.isHalf) return rows;
    if (this.known.size > REMEMBERED) this.known.clear();
    return rows.filter((row) => this.known.size < this.known.add(Object.values(row).join('\0')).size);
  }

  /** Whether a process began a fill and has not ended it. */
  get isHalf(): boolean {
    return this.exists(INDEXES);
  }

  /** Must be called after a rollback. */
  forget(): void {
    this.known.clear();
  }

  /** Ends the fill of this process, if there is one. Called before rows are removed, in their transaction. */
  end(): void {
    this.forget();
    if (this.isUnderWay && this.isHalf) this.endAny();
  }

  /** Ends the fill of any process: within the open transaction, or in steps that are each atomic. */
  endAny(): void {
    for (const table of STAGED) this.step(() => this.exists(stageOf(table)) && this.sortIn(table));
    for (const name of this.list(`select name from ${INDEXES}`)) this.step(() => this.buildIndex(name));
    this.step(() => this.database.exec(`drop table if exists ${INDEXES}`));
  }

  /** Lets other processes open the file again. */
  letIn(): void {
    if (!this.isUnderWay) return;
    this.isUnderWay = false;
    this.database.pragma('locking_mode = NORMAL');
    // The lock ends with the next transaction.
    this.step(() => undefined);
  }

  private get holdsRecords(): boolean {
    return this.list('select 1 from call_records limit 1').length > 0;
  }

  private lockOut(): boolean {
    this.database.pragma('locking_mode = EXCLUSIVE');
    try {
      this.step(() => undefined);
      return true;
    } catch {
      this.database.pragma('locking_mode = NORMAL');
      return false;
    }
  }

  private prepare(): void {
    const tables = ['call_records', ...STAGED].map((table) => `'${table}'`).join();
    this.database.exec(`create table ${INDEXES} as select name, sql from sqlite_master
      where type = 'index' and sql is not null and tbl_name in (${tables})`);
    for (const name of this.list(`select name from ${INDEXES}`)) this.database.exec(`drop index ${name}`);
    for (const table of STAGED)
      this.database.exec(`create table ${stageOf(table)} as select * from ${table} where false`);
  }

  private sortIn(table: string): void {
    const key = this.list(`select name from pragma_table_info('${table}') where pk > 0 order by pk`);
    this.database.exec(`insert into ${table} select * from ${stageOf(table)} order by ${key.join()}`);
    this.database.exec(`drop table ${stageOf(table)}`);
  }

  private buildIndex(name: string): void {
    const definitions = this.list(`delete from ${INDEXES} where name = '${name}' returning sql`);
    for (const definition of definitions) this.database.exec(definition);
  }

  private exists(name: string): boolean {
    return this.list(`select 1 from sqlite_master where name = '${name}'`).length > 0;
  }

  private list(query: string): string[] {
    return this.database.prepare(query).pluck().all() as string[];
  }

  private step(work: () => unknown): void {
    if (this.database.inTransaction) work();
    else this.database.transaction(work).immediate();
  }
}
