import { engineOptions, type StoreConfig } from '../config.js';
import { openStore, type Store } from '../store/store.js';
import { Progress } from './progress.js';

const BROKEN_SHOWN = 100;

/**
 * Copies a whole store to another, of either engine. Throws unless both have the same content afterwards. Records that
 * are broken in the source are left out, the first hundred of them by name; then it throws at the end.
 */
export async function copy(config: StoreConfig, from: string, to: string): Promise<void> {
  const source = await openStore(from, { ...engineOptions(config), mustExist: true });
  try {
    const target = await openStore(to, { ...engineOptions(config), fills: true });
    try {
      if (source.location === target.location) throw new Error('--from and --to are the same database.');
      const leftOut = await copyRecords(source, target);
      await target.endFilling();
      const copied = await verify(source, target, leftOut);
      if (leftOut.size > 0) throw new LeftOut(source, target, leftOut.size);
      console.log(`${target.location} has all of ${source.location}: ${copied}`);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

class LeftOut extends Error {
  constructor(source: Store, target: Store, records: number) {
    super(
      `${target.location} has all of ${source.location} but ${records} that an import would refuse: ` +
        'import right copies of their versions there, or delete them, and run copy again; it brings what is missing.',
    );
  }
}

/** Resolves to the ids of the records that were left out. */
async function copyRecords(source: Store, target: Store): Promise<Set<string>> {
  const progress = new Progress(await source.count({ filter: null, visibleTo: null }), 'records');
  const leftOut = new Set<string>();
  try {
    for await (const { broken } of progress.through(source.copyTo(target), ({ records }) => records)) {
      for (const { id, reason } of broken) {
        leftOut.add(id);
        if (leftOut.size <= BROKEN_SHOWN) console.error(`${id}: left out: ${reason}`);
        else if (leftOut.size === BROKEN_SHOWN + 1) console.error('further records that are left out are only counted');
      }
    }
  } finally {
    progress.stop();
  }
  return leftOut;
}

/** What both stores hold, in words. Throws if it differs, apart from what was left out. */
async function verify(source: Store, target: Store, leftOut: ReadonlySet<string>): Promise<string> {
  const [expected, copied] = await Promise.all([source.content(leftOut), target.content(leftOut)]);
  const counted = ({ records, idempotencyKeys, changes }: typeof copied) =>
    `${records} records, ${idempotencyKeys} idempotency keys, ${changes} changes`;
  if (copied.hash !== expected.hash) {
    throw new Error(
      `The stores differ: ${source.location} has ${counted(expected)}; ${target.location} has ${counted(copied)}. ` +
        'Start with an empty target, stop what writes to either, and run copy again; it goes on where it ended.',
    );
  }
  return `${counted(copied)}; SHA-256 ${copied.hash}`;
}
