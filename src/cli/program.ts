import cluster from 'node:cluster';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../auth/duration.js';
import { READ, READ_WRITE, ROLES } from '../auth/roles.js';
import { onOutputFailure } from './output-failure.js';
import { checkExport, type ExportOptions } from './export-options.js';
import type { Config } from '../config.js';
import { yesterday } from '../generate/times.js';
import { isDatabaseUrl, withoutPasswords } from '../platform/database-url.js';

// Modules that one command needs are loaded when it runs, after its settings are read. Loading everything takes a
// second, but a token, help or a wrong setting need little.

/**
 * The settings of this process. A variable that is not a setting but nearly has the name of one is reported on standard
 * error.
 */
async function readSettings(): Promise<Config> {
  const [{ readConfig }, { nearNames }] = await Promise.all([
    import('../config.js'),
    import('../config/near-names.js'),
  ]);
  // The first of several processes reports for all.
  for (const { given, meant } of cluster.isWorker ? [] : nearNames(process.env))
    console.error(`warning: ${given} is no setting, so it changes nothing; did you mean ${meant}?`);
  return readConfig(process.env);
}

function buildProgram(): Command {
  const program = new Command('callrecords')
    .description('Microsoft Graph call records, stored for good and asked through GraphQL.')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(withoutPasswords(text.replace(/\n+(?=.)/g, ' '))) })
    .showHelpAfterError(false);
  addServing(program);
  addData(program);
  addKeeping(program);
  addForgetting(program);
  addSync(program);
  addToken(program);
  program
    .command('schema')
    .description('Print the GraphQL schema (SDL).')
    .option('--federation', 'as a Federation 2 subgraph, for a registry (default)')
    .option('--authorization', 'the subgraph with @authenticated on what needs a token, for routers that know it')
    .addOption(new Option('--api', 'as clients see it, without federation').conflicts(['federation', 'authorization']))
    .option('--check', 'compare schema.graphql with the code instead; status 1 if they differ')
    .option('--write', 'write schema.graphql instead')
    .action(async (options: { api?: boolean; authorization?: boolean; check?: boolean; write?: boolean }) => {
      const { checkSchema, writeSchema } = await import('./schema-file.js');
      if (options.check) await checkSchema();
      else await writeSchema(options);
    });
  return program;
}

function addServing(program: Command): void {
  program
    .command('serve')
    .description('Migrate the database and serve.')
    .action(async () => {
      const config = await readSettings();
      const { serve } = await import('./serve.js');
      await serve(config);
    });
  program.hook('preSubcommand', async (_program, command) => {
    if (command.name() === 'serve') command.addHelpText('after', await settingsTable());
  });
  program
    .command('migrate')
    .description('Bring the database to this version of the schema; serve does so too.')
    .action(async () => {
      const config = await readSettings();
      const [{ engineOptions }, { openStore }] = await Promise.all([
        import('../config.js'),
        import('../store/store.js'),
      ]);
      const store = await openStore(config.databaseUrl, engineOptions(config));
      console.log(`${store.location} is up to date.`);
      await store.close();
    });
}

async function settingsTable(): Promise<string> {
  const { SETTINGS } = await import('../config.js');
  const table = Object.values(SETTINGS)
    .map(
      ({ name, default: value, meaning }) =>
        `  ${name.padEnd(22)} ${meaning}${value === null ? '' : ` (default: ${value === '' ? 'none' : value})`}`,
    )
    .join('\n');
  return `\nSettings (environment variables):\n${table}`;
}

function addData(program: Command): void {
  program
    .command('import')
    .description('Import call records as Microsoft Graph sends them: NDJSON or JSON; records, lists, pages.')
    .argument('<file...>', 'files, or - for standard input')
    .action(async (files: string[]) => {
      const config = await readSettings();
      const { importFiles } = await import('./import-files.js');
      await importFiles(config, files);
    });
  addExport(program);
  program
    .command('copy')
    .description(
      'Copy everything from one database to another, of either engine; a second run goes on where one ended.',
    )
    .requiredOption('--from <url>', 'file:PATH or postgres://…', databaseUrl)
    .requiredOption('--to <url>', 'an empty database, or one that copy has begun to fill', databaseUrl)
    .action(async (options: { from: string; to: string }) => {
      const config = await readSettings();
      const { copy } = await import('./copy.js');
      await copy(config, options.from, options.to);
    });
  program
    .command('generate')
    .description('Write realistic records as NDJSON, the same for the same seed and last day.')
    .requiredOption('--count <n>', 'how many', wholeNumber)
    .option('--seed <n>', 'which', wholeNumber, 1)
    .option('--sessions', 'with the sessions of each call: several kilobytes each')
    .addOption(
      new Option('--until <date>', 'the last day on which a call starts, in UTC')
        .argParser(day)
        .default(yesterday(), 'yesterday'),
    )
    .action(async (options: { count: number; seed: number; until: string; sessions?: boolean }) => {
      const [{ generateCallRecords }, { writeRecords }] = await Promise.all([
        import('../generate/records.js'),
        import('./output.js'),
      ]);
      await writeRecords(generateCallRecords(options), options.count);
    });
}

function addExport(program: Command): void {
  program
    .command('export')
    .description('Write every record as NDJSON, as import reads it and nothing is lost, or tables for those who count.')
    .addOption(new Option('--format <format>', 'as what').choices(['ndjson', 'csv', 'parquet']).default('ndjson'))
    .option(
      '--out <folder>',
      'a new folder: a file for each table, and manifest.json; csv without it writes the calls alone',
    )
    .option(
      '--since <cursor>',
      'what changed after it, deletions included; a manifest.json has the cursor to go on from',
    )
    .option('--excel', 'of csv: guards cells that a spreadsheet would take for formulas')
    .action(async (options: ExportOptions, command: Command) => {
      const problem = checkExport(options);
      if (problem !== null) command.error(`error: ${problem}`);
      const config = await readSettings();
      const { exportRecords, isCursor } = await import('./export-records.js');
      if (options.since !== undefined && !isCursor(options.since))
        command.error('error: --since takes the cursor of a manifest.json, or one of callRecordChanges.');
      await exportRecords(config, options);
    });
}

function addKeeping(program: Command): void {
  program
    .command('backup')
    .description('Copy the SQLite database to a file while it is in use, and check the copy.')
    .argument('<file>', 'a file that does not exist yet')
    .action(async (file: string) => {
      const config = await readSettings();
      const { backup } = await import('./backup.js');
      await backup(config, file);
    });
  program
    .command('verify')
    .description(
      'Compare the sums that statistics are told from with a recount of all records; status 1 if they differ.',
    )
    .action(async () => {
      const config = await readSettings();
      const { verifySums } = await import('./verify-sums.js');
      await verifySums(config);
    });
}

function addForgetting(program: Command): void {
  program
    .command('prune')
    .description(
      'Forget what is past by RETENTION_DAYS and PERSONAL_DETAIL_DAYS; serve does so too, every ten minutes.',
    )
    .action(async () => {
      const config = await readSettings();
      const { prune } = await import('./forget.js');
      await prune(config);
    });
  program
    .command('erase')
    .description('Erase a person from all records, and for good; a second run goes on where one ended.')
    .requiredOption('--person <id>', 'the id of the person, of whatever kind', person)
    .option('--dry-run', 'count the records alone, and change nothing')
    .action(async (options: { person: string; dryRun?: boolean }) => {
      const config = await readSettings();
      const { erase } = await import('./forget.js');
      await erase(config, { person: options.person, dryRun: options.dryRun ?? false });
    });
}

function addSync(program: Command): void {
  program
    .command('sync')
    .description(
      'Fetch call records from Microsoft Graph until it is stopped; serve does so too, with the same settings.',
    )
    .option('--once', 'one pass, and then the summary')
    .option(
      '--since <duration>',
      'list the calls that began in that time, such as 7d, whatever was listed before',
      duration,
    )
    .addOption(
      new Option('--check', 'check the set-up instead, and store nothing; status 1 if something is wrong').conflicts([
        'once',
        'since',
      ]),
    )
    .action(async (options: { once?: boolean; since?: number; check?: boolean }) => {
      const config = await readSettings();
      const { checkSync, syncRecords } = await import('./sync-records.js');
      if (options.check) await checkSync(config);
      else await syncRecords(config, { once: options.once ?? false, sinceSeconds: options.since ?? null });
    });
}

function addToken(program: Command): void {
  program
    .command('token')
    .description('Print one token, signed with the development key.')
    .option('--role <role...>', `application role: ${ROLES.join(', ')}`, role)
    .option('--user <oid>', 'object id of a person: sees only the records that person organized or took part in', user)
    .addOption(
      new Option('--expires <duration>', 'such as 90s, 30m, 8h, 7d')
        .argParser(duration)
        .default(undefined, '8h; 90d as a password'),
    )
    .option(
      '--as-password',
      'for HTTP Basic at the REST door (BASIC_AUTH), and for nothing else; reads unless --role says more',
    )
    .action(async (options: { role?: string[]; user?: string; expires?: number; asPassword?: boolean }) => {
      const [{ usesDevelopmentKey }, config] = await Promise.all([import('../config.js'), readSettings()]);
      if (!usesDevelopmentKey(config))
        throw new Error('AUTH_ISSUER or AUTH_JWKS_URI is set: only the tokens of that issuer count.');
      const { asPassword: isPassword = false, user, expires = (isPassword ? 90 * 24 : 8) * 3600 } = options;
      const roles = options.role ?? (user === undefined ? [isPassword ? READ : READ_WRITE] : []);
      const [{ loadDevelopmentKey, mintToken }, { developmentKeyFile }] = await Promise.all([
        import('../auth/development-key.js'),
        import('../server/development-key-file.js'),
      ]);
      const key = await loadDevelopmentKey(developmentKeyFile(config));
      console.log(await mintToken(key, { roles, user, expiresInSeconds: expires, isPassword }));
    });
}

function role(value: string, previous: string[] = []): string[] {
  if (!ROLES.includes(value)) throw new InvalidArgumentError(`Expected one of ${ROLES.join(', ')}.`);
  return [...previous, value];
}

function databaseUrl(text: string): string {
  if (!isDatabaseUrl(text))
    throw new InvalidArgumentError(
      'Expected file:PATH or postgres://HOST/DATABASE with a login, where / is %2F and # is %23.',
    );
  return text;
}

/** A token without a user and without a role would give no right at all. */
function user(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('Expected an object id.');
  return value;
}

function person(value: string): string {
  if (value === '' || value.length > 1_024) throw new InvalidArgumentError('Expected an id of 1 to 1,024 characters.');
  return value;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

function day(text: string): string {
  // Only a day that is in the calendar reads back as it was written.
  const time = /^[12]\d{3}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError('Expected a date such as 2026-10-31.');
  return text;
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** Exit status 0: done; 1: it failed; 2: the command line is wrong. */
async function main(): Promise<void> {
  onOutputFailure(fail);
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode !== 0) process.exitCode = 2;
      return;
    }
    fail(error);
  }
}

function fail(error: unknown): void {
  console.error(`callrecords: ${(error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ')}`);
  process.exitCode = 1;
}

await main();
