import { openStore } from '../../src/store/store.js';
import { QUICK, startPostgres, type TestPostgres } from '../postgres.js';
import type { OpenStore } from './opened-store.js';
import { describeStore } from './store-contract.js';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres(QUICK);
  await (await openStore(await postgres.create(), { allowLossyCommits: true })).close();
});

afterAll(() => postgres.stop());

/** A copy of the migrated database, which is made sooner than it is migrated. */
const open: OpenStore = async () => {
  const store = await openStore(await postgres.create('test_1'), { allowLossyCommits: true });
  return { store, cleanup: () => store.close() };
};

describeStore('PostgreSQL', open);
