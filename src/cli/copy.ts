import { engineOptions, type StoreConfig } from '../config.js';
import { openStore, type Store } from '../store/store.js';
import { Progress } from './progress.js';

/** Copies all of one store to another, of whatever engine; throws unless both then have the same content. */
export async function copy(config: StoreConfig, from: string, to: string): Promise<void> {
  const source = await openStore(from, { ...engineOptions(config), mustExist: true });
  try {
    const target = await openStore(to, engineOptions(config));
    try {
      if (source.location === target.location) throw new Error('--from and --to are the same database.');
      await copyRecords(source, target);
      await verify(source, target);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyRecords(source: Store, target: Store): Promise<void> {
  const progress = new Progress(await source.count({ filter: null, visibleTo: null }), 'records');
  try {
    for await (const _step of progress.through(source.copyTo(target), (records) => records));
  } finally {
    progress.stop();
  }
}

async function verify(source: Store, target: Store): Promise<void> {
  const [expected, copied] = await Promise.all([source.content(), target.content()]);
  const counted = ({ records, idempotencyKeys, changes }: typeof copied) =>
    `${records} records, ${idempotencyKeys} idempotency keys, ${changes} changes`;
  if (copied.hash !== expected.hash) {
    throw new Error(
      `The stores differ: ${source.location} has ${counted(expected)}; ${target.location} has ${counted(copied)}. ` +
        'Start with an empty target, stop what writes to either, and run copy again; it goes on where it ended.',
    );
  }
  console.log(`${target.location} has all of ${source.location}: ${counted(copied)}; SHA-256 ${copied.hash}`);
}
