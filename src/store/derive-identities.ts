import type { Kysely } from 'kysely';
import type { JsonObject } from '../domain/document.js';
import { parseJson } from '../domain/json.js';
import type { Engine } from './engine.js';
import { distinctKnown } from './known-identities.js';
import { identityRows, knownIdentity } from './rows.js';
import type { Tables } from './schema.js';

const RECORDS_AT_ONCE = 200;

/** Fills the tables of identities, which are empty, out of the records, some at a time. */
export async function deriveIdentities(engine: Pick<Engine, 'insertRows'>, transaction: Kysely<Tables>): Promise<void> {
  for (let last = ''; ;) {
    const records = await transaction
      .selectFrom('call_records')
      .select(['id', 'organizer', 'participants'])
      .where('id', '>', last)
      .orderBy('id')
      .limit(RECORDS_AT_ONCE)
      .execute();
    if (records.length === 0) return;
    const identities = records.flatMap(({ id, organizer, participants }) =>
      identityRows({
        id,
        organizer: organizer === null ? null : (parseJson(organizer) as JsonObject),
        participants: parseJson(participants) as JsonObject[],
      }),
    );
    await engine.insertRows(transaction, 'call_record_identities', identities);
    await engine.insertRows(transaction, 'known_identities', distinctKnown(identities.flatMap(knownIdentity)), 'keep');
    last = records.at(-1)?.id as string;
  }
}
