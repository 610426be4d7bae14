import type Database from 'better-sqlite3';

/** Tables in the order of ids, which is that of chance: each row that comes would go to a page of its own. */
const STAGED = ['call_record_identities', 'call_record_people', 'call_record_streams'];
/** Takes the rows of such a table as they come; while there is one, the database is half filled. */
const stageOf = (table: string) => `filling_${table}`;
/** The definitions of the indexes that are built after the rows. */
const INDEXES = 'filling_indexes';

/** What is kept in memory, to sort in. */
const CACHE_KIB = 65_536;
/** So many identities that are known already are remembered: most people bear the same names in all their records. */
const REMEMBERED = 200_000;

/**
 * The first fill of a database, by a connection that is alone: rows are appended as they come and sorted into their tables
 * once, and indexes are built then. Nobody else can open the file meanwhile, as they would find nobody's calls. Each commit
 * is as durable as any other, and who opens a file whose fill was cut short ends that first.
 */
export class Filling {
  private isUnderWay = false;
  private readonly known = new Set<string>();

  constructor(private readonly database: Database.Database) {}

  /** Begins if the database holds no record, and no other connection has it open. */
  begin(): void {
    // Once more when nobody else can write: a process that was quicker may have begun.
    if (this.holdsRecords || !this.lockOut()) return;
    this.isUnderWay = true;
    if (this.holdsRecords) return this.letIn();
    this.database.pragma(`cache_size = -${CACHE_KIB}`);
    this.step(() => this.prepare());
  }

  /** The table into which the rows of another one go now. */
  tableFor(table: string): string {
    return this.isUnderWay && STAGED.includes(table) && this.exists(stageOf(table)) ? stageOf(table) : table;
  }

  /** Rows of known identities that this fill has not stored yet: nobody else takes one away. */
  unknown<Row extends object>(rows: readonly Row[]): readonly Row[] {
    if (!this.isUnderWay || !this.isHalf) return rows;
    if (this.known.size > REMEMBERED) this.known.clear();
    return rows.filter((row) => this.known.size < this.known.add(Object.values(row).join('\0')).size);
  }

  /** Whether some process began a fill and has not ended it. */
  get isHalf(): boolean {
    return this.exists(INDEXES);
  }

  /** To be called when a transaction was rolled back. */
  forget(): void {
    this.known.clear();
  }

  /** Ends the fill of this process, if there is one; called before rows are removed, in their transaction. */
  end(): void {
    this.forget();
    if (this.isUnderWay && this.isHalf) this.endAny();
  }

  /** Ends the fill of whatever process: in steps each of which is whole, or within the transaction that is open. */
  endAny(): void {
    for (const table of STAGED) this.step(() => this.exists(stageOf(table)) && this.sortIn(table));
    for (const name of this.list(`select name from ${INDEXES}`)) this.step(() => this.buildIndex(name));
    this.step(() => this.database.exec(`drop table if exists ${INDEXES}`));
  }

  /** Lets others open the file again, after all. */
  letIn(): void {
    if (!this.isUnderWay) return;
    this.isUnderWay = false;
    this.database.pragma('locking_mode = NORMAL');
    // The lock goes with the next transaction.
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
