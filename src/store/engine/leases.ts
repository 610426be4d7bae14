import { type Kysely, sql } from 'kysely';
import type { Engine } from './engine.js';
import type { Tables } from '../rows/tables.js';

/** The right of one holder to do some work, until a time by the clock of the database. */
export interface Lease {
  /** Grows each time the lease changes hands, or is taken again after it ran out. A renewal keeps it. */
  fence: number;
}

/**
 * Takes a lease, or renews it for its holder; null while another holder has it. `seconds`: the time until it runs out,
 * unless it is renewed or released.
 */
export async function takeLease(
  engine: Engine,
  transaction: Kysely<Tables>,
  { name, holder, seconds }: { name: string; holder: string; seconds: number },
): Promise<Lease | null> {
  const now = engine.dialect.nowMs;
  // One statement: if two holders come at once, the second sees the first one's row.
  const { rows } = await sql<{ fence: number | string }>`
    insert into leases (name, holder, held_until, fence)
    values (${name}, ${holder}, ${now} + ${Math.round(seconds * 1000)}, 1)
    on conflict (name) do update set
      fence = leases.fence + case when leases.holder = excluded.holder and leases.held_until > ${now} then 0 else 1 end,
      holder = excluded.holder, held_until = excluded.held_until
    where leases.holder = excluded.holder or leases.held_until <= ${now}
    returning fence`.execute(transaction);
  const [row] = rows;
  return row ? { fence: Number(row.fence) } : null;
}

/** The work of which a process at a time forgets. */
export const FORGETTING = { erasure: 'erasure', retention: 'retention' } as const;

/** Whether a process forgets now: people who are erased, or records that are past. */
export async function isForgetting(engine: Engine): Promise<boolean> {
  const held = engine.reader.selectFrom('leases').select('name').where('name', 'in', Object.values(FORGETTING));
  return (await held.where('held_until', '>', engine.dialect.nowMs).execute()).length > 0;
}

/** Ends a lease that this holder has. The next holder gets it at once, with a higher fence. */
export async function releaseLease(transaction: Kysely<Tables>, name: string, holder: string): Promise<void> {
  await transaction
    .updateTable('leases')
    .set({ held_until: 0 })
    .where('name', '=', name)
    .where('holder', '=', holder)
    .execute();
}
