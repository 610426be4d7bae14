import { readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/harness.js';
import { run } from '../support/run.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/graph/', import.meta.url));
const files = readdirSync(FIXTURES)
  .filter((name) => /^(0|1[01]).*\.json$/.test(name))
  .map((name) => join(FIXTURES, name));

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const env = (name = 'a') => ({ DATABASE_URL: `file:${join(folder, `${name}.sqlite`)}` });

async function importing(args: string[], options: { name?: string; input?: string } = {}) {
  const finished = await run(['import', ...args], { env: env(options.name), input: options.input });
  const counts = /created (\d+), updated (\d+), unchanged (\d+), rejected (\d+) in/
    .exec(finished.stdout)
    ?.slice(1)
    .map(Number);
  return { ...finished, counts };
}

describe('import', () => {
  it.each([
    ['as the shell lists them', files, [22, 2, 0, 0]],
    ['backwards', [...files].reverse(), [22, 1, 1, 0]],
  ])('takes all shapes of Graph, %s, and changes nothing the second time', async (_order, list, counts) => {
    expect(await importing(list)).toMatchObject({ status: 0, counts });
    const again = await importing(list);
    expect(again).toMatchObject({ status: 0, counts: [0, 0, 24, 0] });
  });

  it('reads standard input, such as what generate writes', async () => {
    const { stdout } = await run(['generate', '--count', '300', '--seed', '7']);
    expect(await importing(['-'], { input: stdout })).toMatchObject({ status: 0, counts: [300, 0, 0, 0] });
  });

  it('reads from generate calls of the week that ends with yesterday, unless generate is told another last day', async () => {
    const days = async (...options: string[]) => {
      const { stdout } = await run(['generate', '--count', '20', ...options]);
      const records = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { startDateTime: string });
      return records.map(({ startDateTime }) => startDateTime.slice(0, 10)).sort();
    };
    const ago = (count: number) => new Date(Date.now() - count * 86_400_000).toISOString().slice(0, 10);
    const last = (await days()).at(-1) as string;
    expect(last >= ago(7) && last <= ago(1)).toBe(true);
    expect((await days('--until', '2024-02-29')).at(-1)).toMatch(/^2024-02-2/);
  });

  it('names the line and the rules of a rejected record, imports all others, and ends with status 1', async () => {
    const good = (await run(['generate', '--count', '2'])).stdout.trim().split('\n');
    const broken = '{"id":"x","version":0,"startDateTime":"yesterday"}';
    const file = join(folder, 'mixed.ndjson');
    await writeFile(file, [good[0], '{ broken', broken, good[1]].join('\n'));
    const { status, stderr, counts } = await importing([file]);
    expect({ status, counts }).toEqual({ status: 1, counts: [2, 0, 0, 2] });
    expect(stderr).toContain(`${file}:2: rejected: `);
    expect(stderr).toMatch(/mixed\.ndjson:3: rejected: id: .*version: .*startDateTime: .*endDateTime: /);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('says that a record has no version, and of the envelope of an error that it is one, with its code and message', async () => {
    const record = JSON.parse((await run(['generate', '--count', '1'])).stdout) as object;
    const error = { code: 'Authorization_RequestDenied', message: 'Insufficient\nprivileges.', innerError: {} };
    const input = [{ ...record, version: undefined }, { error }].map((value) => JSON.stringify(value)).join('\n');
    const { counts, stderr } = await importing(['-'], { input });
    expect(counts).toEqual([0, 0, 0, 2]);
    expect(stderr).toMatch(/^-:1: rejected: version: A value is required\.$/m);
    expect(stderr).toMatch(
      /^-:2: rejected: error: An error that Microsoft Graph answered, not a record: Authorization_RequestDenied, Insufficient privileges\.$/m,
    );
  });

  it('tells the first 100 rules that a rejected record breaks, and how many more there are', async () => {
    const record = JSON.parse((await run(['generate', '--count', '1'])).stdout) as object;
    const participants = Array(103).fill({ user: { id: 5 } });
    const input = JSON.stringify({ ...record, participants });
    const { counts, stderr } = await importing(['-'], { input });
    expect(counts).toEqual([0, 0, 0, 1]);
    expect(stderr).toMatch(/participants\[99\]\.user\.id: .* and 3 more$/m);
    expect(stderr).not.toContain('participants[100]');
  });

  it('rejects a type that no enumeration could have, and text that would not come back as it came', async () => {
    const [record] = (await run(['generate', '--count', '1'])).stdout.trim().split('\n') as [string];
    const broken = { type: 'fax\u001e', joinWebUrl: 'https://a.example/\u001f', organizer: { user: { id: '\ud800' } } };
    const input = JSON.stringify({ ...(JSON.parse(record) as object), organizer_v2: undefined, ...broken });
    const { status, stderr, counts } = await importing(['-'], { input });
    expect({ status, counts }).toEqual({ status: 1, counts: [0, 0, 0, 1] });
    expect(stderr).toMatch(/-:1: rejected: organizer\.user\.id: Must .*type: Must .*joinWebUrl: Must /);
  });

  it('rejects a page of participants whose record is nowhere', async () => {
    const { status, counts, stderr } = await importing([files.find((name) => name.includes('page-2')) as string]);
    expect({ status, counts }).toEqual({ status: 1, counts: [0, 0, 0, 1] });
    expect(stderr).toContain('63e4d26e-eea6-4a35-bb97-4805c04ac66a');
  });

  it('rejects a page that is broken by file and line, and imports the pages after it', async () => {
    const [first, second] = (await run(['generate', '--count', '2'])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string }) as [{ id: string }, { id: string }];
    const page = ({ id }: { id: string }, user: object) => ({
      '@odata.context': `https://graph.microsoft.com/v1.0/$metadata#communications/callRecords('${id}')/participants_v2`,
      value: [{ identity: { user } }],
    });
    const part = { participants_v2: [], 'participants_v2@odata.nextLink': 'x', participants: [] };
    const lines = [{ ...first, ...part }, { ...second, ...part }, page(first, { id: 5 }), page(second, { id: 'late' })];
    const input = lines.map((line) => JSON.stringify(line)).join('\n');
    const { status, stderr, counts } = await importing(['-'], { input });
    expect({ status, counts }).toEqual({ status: 1, counts: [2, 1, 0, 1] });
    expect(stderr).toMatch(/-:3: rejected: participants_v2\[0\]\.identity\.user\.id: /);
    expect((await run(['export'], { env: env() })).stdout).toContain('"late"');
  });

  it.each([
    ['that a file does not exist', 'none.json', /^callrecords: .*none\.json.*\n$/],
    ['which of the files is a folder', '', /^callrecords: \/.*\/ is a folder; name the files in it\.\n$/],
  ])('says %s in one line, and opens no database', async (_what, name, message) => {
    const { status, stdout, stderr } = await importing([files[0] as string, join(folder, '/', name)]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes the files after one that is cut off in the midst of a line, and says how far the broken one reaches', async () => {
    const [first, second, ...others] = files.map((file) => readFileSync(file, 'utf8')) as [string, string, ...string[]];
    const lines = (text: string) => text.split('\n').length - 1;
    const cut = second.slice(0, second.indexOf('displayName'));
    const input = [first, cut, ...others].join('');
    const { status, stderr, counts } = await importing(['-'], { input });
    expect({ status, counts }).toEqual({ status: 1, counts: [21, 2, 0, 1] });
    const start = lines(first) + 1;
    expect(stderr).toBe(
      `-:${start}: rejected: is not closed where another value starts, on line ${start + lines(cut)}\n` +
        'callrecords: 1 of the values could not be imported, nor what stands within; all others were.\n',
    );
  });

  it('says how far a value reaches that is no JSON', async () => {
    const { stderr } = await importing(['-'], { input: '{\n "a": 1\n "b": 2\n}\n' });
    expect(stderr).toMatch(/^-:1: rejected: .*, in a value up to line 4\n/);
  });

  it('adds a page that lies before a newer version of its record to that version', async () => {
    const [page, record] = ['03-group-call-large-participants-page-2', '03-group-call-large'].map((name) =>
      readFileSync(join(FIXTURES, `${name}.json`), 'utf8'),
    ) as [string, string];
    const { id, startDateTime, endDateTime } = JSON.parse(record) as { [name: string]: string };
    const older = JSON.stringify({ id, version: 1, startDateTime, endDateTime });
    expect(await importing(['-'], { input: older })).toMatchObject({ counts: [1, 0, 0, 0] });
    expect(await importing(['-'], { input: `${page}${record}` })).toMatchObject({ status: 0, counts: [0, 2, 0, 0] });
    const { stdout } = await run(['export'], { env: env() });
    const { participants_v2: people } = JSON.parse(stdout) as { participants_v2: object[] };
    expect(people).toHaveLength(143);
  });

  it('takes any number of pages for records that are stored', async () => {
    const record = (await run(['generate', '--count', '1'])).stdout;
    const { id } = JSON.parse(record) as { id: string };
    await importing(['-'], { input: record });
    const context = `https://graph.microsoft.com/v1.0/$metadata#communications/callRecords('${id}')/sessions`;
    const page = JSON.stringify({ '@odata.context': context, value: [{ id: 'further' }] });
    const input = Array<string>(10_001).fill(page).join('\n');
    expect(await importing(['-'], { input })).toMatchObject({ status: 0, counts: [0, 1, 10_000, 0] });
  });

  it('shows on a terminal that all of a small file is done', async () => {
    const file = join(folder, 'small.ndjson');
    await writeFile(file, (await run(['generate', '--count', '3'])).stdout);
    const terminal = ['--import', 'data:text/javascript,process.stderr.isTTY=true'];
    const { status, stderr } = await run(['import', file], { env: env(), node: terminal });
    expect(status).toBe(0);
    expect(stderr.split('\r').at(-1)).toMatch(/=+ 100% of 0\.1 MB, 0s left/);
  });

  it('needs no more memory for many records than for few', async () => {
    const { stdout } = await run(['generate', '--count', '15000']);
    const file = join(folder, 'many.ndjson');
    await writeFile(file, stdout);
    const { status } = await run(['import', file], { env: env(), node: ['--max-old-space-size=96'] });
    expect(status).toBe(0);
  });
});

describe('export', () => {
  it('writes what import reads, without loss: exporting the import of an export gives the same bytes', async () => {
    await importing(files);
    const first = await run(['export'], { env: env() });
    expect(first.stdout.trim().split('\n')).toHaveLength(22);
    expect(await importing(['-'], { name: 'b', input: first.stdout })).toMatchObject({
      status: 0,
      counts: [22, 0, 0, 0],
    });
    const second = await run(['export'], { env: env('b') });
    expect(second.stdout).toBe(first.stdout);
    expect(await importing(['-'], { input: first.stdout })).toMatchObject({ counts: [0, 0, 22, 0] });
  });

  it('refuses a database that is not there, and makes none', async () => {
    const { status, stdout, stderr } = await run(['export'], { env: env('none') });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(`callrecords: There is no database ${join(folder, 'none.sqlite')}.\n`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('writes a version beyond 2^53 so that it can be read again', async () => {
    const record = (await run(['generate', '--count', '1'])).stdout.replace(
      /"version":\d+/,
      '"version":9007199254740992',
    );
    expect(await importing(['-'], { input: record })).toMatchObject({ status: 0, counts: [1, 0, 0, 0] });
    const { stdout } = await run(['export'], { env: env() });
    expect(await importing(['-'], { input: stdout })).toMatchObject({ status: 0, counts: [0, 0, 1, 0] });
  });

  it('keeps every digit, and members and properties that the schema does not know', async () => {
    await importing(files);
    const { stdout } = await run(['export'], { env: env() });
    expect(stdout).toContain('"version":9223372036854775807,');
    expect(stdout).toContain('"startDateTime":"2026-10-25T01:00:00.1234567Z"');
    expect(stdout).toContain('"recapAvailability"');
    const packets = /"packetUtilization": (\d{16,})/.exec(
      readFileSync(join(FIXTURES, '10-full-depth.json'), 'utf8'),
    )?.[1];
    expect(stdout).toContain(`"packetUtilization":${packets}`);
  });
});
