import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CallRecordDocument, Fetched } from '../../src/domain/document.js';
import { openStore } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { stored } from '../support/opened-store.js';
import { run } from '../support/run.js';

const file = (name: string) => fileURLToPath(new URL(`../fixtures/files/${name}.json`, import.meta.url));

let folder: string;
let url: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  url = `file:${join(folder, 'a.sqlite')}`;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function importing(...files: string[]) {
  const finished = await run(['import', ...files], { env: { DATABASE_URL: url } });
  const counts = /created (\d+), updated (\d+), unchanged (\d+), rejected (\d+) in/.exec(finished.stdout)?.slice(1);
  return { ...finished, counts: counts?.map(Number) };
}

/** The only record, but for the clock of a record that says no time. */
async function only(): Promise<Omit<CallRecordDocument, 'lastModifiedDateTime'>> {
  const store = await openStore(url);
  try {
    const [document, ...others] = await stored(store);
    expect(others).toEqual([]);
    const { lastModifiedDateTime: _clock, ...rest } = document as CallRecordDocument;
    return rest;
  } finally {
    await store.close();
  }
}

describe('import', () => {
  it('rejects a record that a script has cut at a depth, by the names of what is cut, and takes the whole one', async () => {
    const { status, counts, stderr } = await importing(file('truncated-export'));
    expect({ status, counts }).toEqual({ status: 1, counts: [0, 0, 0, 1] });
    for (const name of ['participants[0].user', 'participants[1].phone', 'sessions[0].caller', 'sessions[0].callee'])
      expect(stderr).toContain(` ${name}: Expected an object.`);
    expect(stderr).toContain(' sessions[0].segments: Expected a list of objects.');
    expect(await importing(file('truncated-export-again'))).toMatchObject({ status: 0, counts: [1, 0, 0, 0] });
    expect((await only()).participants).toEqual([
      { user: { id: '11111111-aaaa-4aaa-8aaa-000000000001', displayName: 'Ada Test' } },
      { phone: { id: '+14255550100' } },
    ]);
  });

  it('adds pages to the version before them: one run leaves what a run for each file leaves', async () => {
    const files = ['1-call-v1', '2-sessions-v1', '3-call-v2', '4-sessions-v2'].map((name) =>
      file(`two-versions-${name}`),
    );
    for (const one of files) await importing(one);
    const expected = await only();
    url = `file:${join(folder, 'together.sqlite')}`;
    expect(await importing(...files)).toMatchObject({ status: 0, counts: [1, 3, 0, 0] });
    expect(await only()).toEqual(expected);
    expect(expected).toMatchObject({ version: 2n, sessionsFetched: Fetched.partly });
    expect(expected.sessions.map(({ id, endDateTime, modalities }) => [id, endDateTime, modalities])).toEqual([
      ['a', '2026-06-04T10:40:00Z', ['audio', 'video']],
      ['b', '2026-06-04T10:40:00Z', ['audio']],
    ]);
    expect(await importing(...files)).toMatchObject({ status: 0, counts: [0, 0, 4, 0] });
    expect(await only()).toEqual(expected);
  });

  it('adds no page to another version where the record before it is rejected', async () => {
    const broken = join(folder, 'broken.json');
    await writeFile(broken, JSON.stringify({ id: 'CA000000-0000-4000-8000-000000000003', version: 2 }));
    const [call, page] = [file('two-versions-1-call-v1'), file('two-versions-4-sessions-v2')];
    const { counts, stderr } = await importing(call, broken, page);
    expect(counts).toEqual([1, 0, 0, 2]);
    expect(stderr).toContain(
      'a page of sessions of the record ca000000-0000-4000-8000-000000000003, which was rejected',
    );
    expect((await only()).sessions).toEqual([]);
  });

  it('takes pages of sessions that are saved as one list', async () => {
    expect(await importing(file('pages-of-sessions'))).toMatchObject({ status: 0, counts: [1, 0, 0, 0] });
    expect((await only()).sessions).toEqual([{ id: 's1' }, { id: 's2' }, { id: 's3' }]);
  });

  it('takes the records in the answer of a $batch, and says which requests of it failed', async () => {
    const { status, counts, stderr } = await importing(file('batch-answer'));
    expect({ status, counts }).toEqual({ status: 1, counts: [2, 0, 0, 1] });
    expect(stderr).toContain(':1: rejected: The request "c" of this batch was answered with status 404 (NotFound).\n');
  });

  it('takes a file of UTF-16, as Windows PowerShell writes it', async () => {
    expect(await importing(file('utf-16'))).toMatchObject({ status: 0, counts: [1, 0, 0, 0], stderr: '' });
  });

  it.each([
    ['typed-cmdlet', /:2: rejected: Names such as Id begin with a capital, as typed cmdlets .* write them; /],
    ['pstn-rows', /:1: rejected: These are rows of a telephone log \(getPstnCalls, .*\n/],
    ['dates-of-powershell-5', /: rejected: startDateTime: "\/Date\(.*Windows PowerShell 5\.1 writes dates so: /],
  ])('says what the file %s is', async (name, message) => {
    const { status, counts, stderr } = await importing(file(name));
    expect({ status, counts }).toEqual({ status: 1, counts: [0, 0, 0, 1] });
    expect(stderr).toMatch(message);
  });
});
