import { engineOptions, type StoreConfig } from '../config.js';
import { openStore } from '../store/store.js';
import { Progress } from './progress.js';
import { untilSignal } from './signals.js';

/** Deletes records whose retention is over, and removes personal details from those past their limit. */
export async function prune(config: StoreConfig): Promise<void> {
  const { retentionDays = null, personalDetailDays = null } = config;
  if (retentionDays === null && personalDetailDays === null)
    throw new Error('RETENTION_DAYS and PERSONAL_DETAIL_DAYS are not set: nothing is forgotten by its age.');
  const store = await openStore(config.databaseUrl, { ...engineOptions(config), mustExist: true });
  const progress = new Progress(null, 'records');
  let [deleted, stripped] = [0, 0];
  try {
    for await (const step of progress.through(store.forgetting.prune(), (step) => step.deleted + step.stripped)) {
      deleted += step.deleted;
      stripped += step.stripped;
    }
  } finally {
    progress.stop();
    await store.close();
  }
  console.log(`${deleted} records deleted, ${stripped} without personal details from now on`);
}

/** The person to erase, and options of `callrecords erase`. */
export interface EraseRequest {
  person: string;
  dryRun: boolean;
}

/** Erases a person. If it is stopped, another run erases the rest. */
export async function erase(config: StoreConfig, { person, dryRun }: EraseRequest): Promise<void> {
  const store = await openStore(config.databaseUrl, { ...engineOptions(config), mustExist: true });
  try {
    const total = await store.forgetting.count(person);
    if (dryRun) console.log(`${total} records would be rewritten; nothing was changed`);
    else await eraseAll(store, person, total);
  } finally {
    await store.close();
  }
}

async function eraseAll(store: Awaited<ReturnType<typeof openStore>>, person: string, total: number): Promise<void> {
  const progress = new Progress(total, 'records');
  let isStopped = false;
  void untilSignal().then(() => (isStopped = true));
  let rewritten = 0;
  try {
    for await (const some of progress.through(store.forgetting.erase(person), (records) => records)) {
      rewritten += some;
      if (isStopped) throw new Error('stopped; repeat it to erase the rest');
    }
  } finally {
    progress.stop();
  }
  console.log(`${rewritten} records rewritten; nothing of the person is left`);
}
