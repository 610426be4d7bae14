import { engineOptions, type StoreConfig } from '../config.js';
import { openStore } from '../store/store.js';

/** So many differences are printed; one is enough to start looking for the cause. */
const TOLD = 20;

/** Compares the sums behind the statistics with a recount of all records; throws if they differ. */
export async function verifySums(config: StoreConfig): Promise<void> {
  const store = await openStore(config.databaseUrl, { ...engineOptions(config), mustExist: true });
  try {
    const differences = await store.verifySums(TOLD);
    for (const where of differences) console.error(`Other sums than a recount has: ${where}.`);
    if (differences.length > 0)
      throw new Error(`The sums of ${store.location} are not those of its records: statistics are wrong.`);
    console.log(`The sums of ${store.location} are those of its records.`);
  } finally {
    await store.close();
  }
}
