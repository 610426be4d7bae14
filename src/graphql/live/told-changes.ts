import type { Asker } from '../../domain/asker.js';
import type { CallRecord } from '../../domain/call-record.js';
import { type CallRecordChange, ChangeKind, formatChangeCursor } from '../../domain/change.js';
import { type CallRecordFilter, DEFAULT_ORDER } from '../../domain/filter.js';
import type { Change } from '../../store/changes/change-log.js';
import type { Column } from '../../store/rows/row-mapping.js';
import type { Store } from '../../store/store.js';

/** A followed view: the matching records that the caller may see, and the selection of them. */
export interface View {
  /** The key of the person whose records alone are visible; null: all records. */
  visibleTo: string | null;
  filter: CallRecordFilter | null;
  columns: readonly Column[];
  asker?: Asker;
}

/** A change as its caller is told of it. */
export interface Told {
  sequence: bigint;
  kind: ChangeKind;
  id: string;
  record: CallRecord | null;
}

/** The records of some changes in their present state. */
export interface Present {
  /** The records that the caller may see and that match. */
  matching: ReadonlyMap<string, CallRecord>;
  /** The records that the caller may see, but that the filter keeps out. */
  kept: ReadonlySet<string>;
}

/**
 * The log's part of whether the caller saw the record: it came into view, went out of it, was deleted without having
 * been in view, or none of these.
 */
type Move = 'in' | 'out' | 'unseen' | 'none';

interface Moved {
  change: Change;
  move: Move;
}

export type Moves = readonly Moved[];

/** A change of that kind as the schema has it. */
export function toChange({ sequence, kind, id, record }: Told): CallRecordChange {
  return { kind, cursor: formatChangeCursor(sequence), callRecordId: id, callRecord: record };
}

/**
 * The changes that may be told to a view. Of several updates of one record only the last counts: each would show the
 * same present state.
 */
export function movesOf(changes: readonly Change[], visibleTo: string | null): Moved[] {
  /** For each record, the move of the next later change that has one. */
  const later = new Map<string, Move>();
  const moves: Moved[] = [];
  for (const change of [...changes].reverse()) {
    const next = later.get(change.recordId);
    let move = moveOf(change, visibleTo);
    // The log does not tell who is in a new record. But if the caller came in later, they were not in it before.
    if (change.kind === 'created' && visibleTo !== null && (next === 'in' || next === 'unseen')) move = 'unseen';
    later.set(change.recordId, move === 'none' ? (next ?? 'none') : move);
    if (move !== 'unseen' && !(move === 'none' && next)) moves.push({ change, move });
  }
  return moves.reverse();
}

function moveOf({ kind, peopleRemoved, peopleAdded }: Change, visibleTo: string | null): Move {
  if (kind === 'created') return 'in';
  if (visibleTo === null) return kind === 'deleted' ? 'out' : 'none';
  if (peopleRemoved.includes(visibleTo)) return 'out';
  if (kind === 'deleted') return 'unseen';
  return peopleAdded.includes(visibleTo) ? 'in' : 'none';
}

/** Reads the records of changes in their present state, except those that are told by their id alone. */
export async function readPresent(store: Store, moves: Moves, view: View): Promise<Present> {
  const ids = [...new Set(moves.filter(({ move }) => move !== 'out').map(({ change }) => change.recordId))];
  const { visibleTo, filter, columns, asker } = view;
  if (ids.length === 0) return { matching: new Map(), kept: new Set() };
  if (filter === null) return { matching: await store.find(ids, visibleTo, columns), kept: new Set() };
  const page = { limit: ids.length, fromEnd: false, after: null, before: null };
  const list = { filter: { and: [{ id: ids }, filter] }, visibleTo, asker, order: DEFAULT_ORDER, page, columns };
  const { records } = await store.list(list);
  const matching = new Map(records.map((record) => [record.id, record]));
  const others = ids.filter((id) => !matching.has(id));
  const kept = others.length > 0 ? await store.find(others, visibleTo, ['id']) : matching;
  return { matching, kept: new Set(kept.keys()) };
}

/** How many records that the filter keeps out are remembered. */
const REMEMBERED = 1_000;

/**
 * Decides which changes followers in step are told. The log does not keep whether a record matched a filter before.
 * Records that the filter was seen to keep out are remembered here. Any other record may have matched, and is told as
 * deleted from the view.
 */
export class Teller {
  constructor(
    private readonly hasFilter: boolean,
    private readonly out = new Set<string>(),
  ) {}

  copy(): Teller {
    return new Teller(this.hasFilter, new Set(this.out));
  }

  /** Forgets records that may have been told; null: all of them. */
  forget(records: ReadonlySet<string> | null): void {
    if (records) for (const id of records) this.out.delete(id);
    else this.out.clear();
  }

  /** The told changes, in order. */
  tell(moves: Moves, present: Present): Told[] {
    const told: Told[] = [];
    const unseen = new Set<string>();
    for (const { change, move } of moves) {
      const { recordId: id, sequence } = change;
      const kind = this.kindOf(id, move, present, unseen);
      if (kind === null) continue;
      unseen.delete(id);
      const record = kind === ChangeKind.DELETED ? null : (present.matching.get(id) as CallRecord);
      const before = told.at(-1);
      // A new record that was updated next is new in its present state.
      if (before?.id === id && kind === ChangeKind.UPDATED) before.sequence = sequence;
      else told.push({ sequence, kind, id, record });
    }
    return told;
  }

  private kindOf(id: string, move: Move, { matching, kept }: Present, unseen: Set<string>): ChangeKind | null {
    const wasOut = this.out.delete(id);
    if (move === 'out') return wasOut || unseen.has(id) ? null : ChangeKind.DELETED;
    if (matching.has(id)) return move === 'in' || wasOut ? ChangeKind.CREATED : ChangeKind.UPDATED;
    if (move === 'in') unseen.add(id);
    if (!this.hasFilter || !kept.has(id)) return null;
    this.remember(id);
    return wasOut || move === 'in' || unseen.has(id) ? null : ChangeKind.DELETED;
  }

  private remember(id: string): void {
    this.out.add(id);
    if (this.out.size > REMEMBERED) this.out.delete(this.out.values().next().value as string);
  }
}
