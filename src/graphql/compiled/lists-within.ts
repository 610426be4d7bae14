import { identityKey, isGuid } from '../../domain/identity.js';
import { RECORDS_A_TURN } from '../../domain/limits.js';
import { pageCost } from '../../domain/cost.js';
import type { ByteText } from '../../platform/byte-text.js';
import type { ListQuery } from '../../store/query/read-records.js';
import { type CallRecordsArgs, isFirstGiven, listOf as toList } from '../connection.js';
import { type Selected, selectedBelow } from '../look-ahead.js';
import { Pace } from '../pace.js';
import { type Answered, connectionFields, connectionWriter, pageInfoOf } from './connection-writer.js';
import type { Linked } from './json-writer.js';
import { VALUE } from './stored-json.js';
import { asNotCompiled, NotCompiled } from './not-compiled.js';
import { objectWriter, type Writer } from './object-writer.js';
import { argumentsReader, begunBudget, objectType, type PlanScope, type Request, type Written } from './plan.js';
import { ReadShape } from './record-writer.js';
import { ReadSessions } from './sessions-writer.js';

/** Stands around a hole in a text, where a list of a user is to come: a byte that stands in no UTF-8. */
const HOLE = '\u00ff';

/** A text with holes, and how often it comes in the answer. */
interface Holed {
  text: ByteText;
  times: number;
}

/** Puts the lists of users into the text of a field that has found so many records. */
type Fill = (text: ByteText, records: number) => Promise<Written>;

/**
 * The lists of calls that are selected of users who stand in records. The record is written with a hole in the place of
 * each list. A list is read and written once for each user, however often it comes in the answer, which is put together
 * of these pieces: as objects for graphql-js, each of them would be many times as large.
 */
export class ListsWithin {
  /** What is read of the records in which the users stand. */
  readonly shape: ReadShape;
  private readonly lists: ListOfUser[] = [];

  constructor(private readonly scope: PlanScope) {
    const linked: Linked = (type, selected, layout) => {
      if (type.name !== 'UserIdentity' || selected.name !== 'account') return null;
      const id = layout.placeOf('id') * VALUE;
      const write = this.accountWriter(selected);
      return (json, members, output) => {
        const stored = json.parsed(members + id);
        if (typeof stored !== 'string' || !isGuid(stored)) return false;
        output.text(write(identityKey(stored)));
        return true;
      };
    };
    this.shape = new ReadShape(linked);
  }

  /** As `UserIdentityResolver` and `UserResolver` answer it, from the key of a user. */
  private accountWriter({ nodes }: Selected): Writer<string> {
    const type = objectType(this.scope.schema, 'User');
    return objectWriter('User', selectedBelow(this.scope, type, nodes), (field) => {
      if (field.name === 'id') return (user) => `"${user}"`;
      if (field.name !== 'callRecords') throw new NotCompiled(`User.${field.name}`);
      const place = this.lists.push(new ListOfUser(this.scope, field)) - 1;
      return (user) => `${HOLE}${place} ${user}${HOLE}`;
    });
  }

  /** Throws a `NotCompiled` where graphql-js has to say what is wrong with the arguments of a list. */
  prepare(request: Request): Fill {
    if (this.lists.length === 0) return async (text) => text;
    const budget = begunBudget(request);
    const fill = this.filler(request);
    return async (text, records) => {
      budget.reach(records);
      const [pieces] = await fill([{ text, times: 1 }]);
      return pieces as Buffer[];
    };
  }

  private filler(request: Request): (texts: readonly Holed[]) => Promise<Buffer[][]> {
    const reading = this.lists.map((list) => ({
      read: list.reader(request),
      fill: list.within.lists.length > 0 ? list.within.filler(request) : asPieces,
    }));
    return async (texts) => {
      const split = texts.map(({ text }) => text.split(HOLE));
      const holes = countHoles(split, texts);
      const pieces = new Map<string, Buffer[]>();
      for (const [place, { read, fill }] of reading.entries()) {
        const users = holes.get(place) ?? new Map<string, number>();
        const lists = await read(users);
        const filled = await fill([...lists].map(([user, text]) => ({ text, times: users.get(user) ?? 0 })));
        for (const user of lists.keys()) pieces.set(`${place} ${user}`, filled.shift() as Buffer[]);
      }
      return split.map((parts) =>
        parts.flatMap((part, index) =>
          isHole(index) ? (pieces.get(part) as Buffer[]) : [Buffer.from(part, 'latin1')],
        ),
      );
    };
  }
}

async function asPieces(texts: readonly Holed[]): Promise<Buffer[][]> {
  return texts.map(({ text }) => [Buffer.from(text, 'latin1')]);
}

const isHole = (index: number): boolean => index % 2 === 1;

/** How often each list of a user comes, by the place of the list. */
function countHoles(split: readonly string[][], texts: readonly Holed[]): Map<number, Map<string, number>> {
  const counts = new Map<number, Map<string, number>>();
  for (const [at, parts] of split.entries()) {
    for (let index = 1; index < parts.length; index += 2) {
      const [place, user] = (parts[index] as string).split(' ') as [string, string];
      const users = counts.get(Number(place)) ?? new Map<string, number>();
      counts.set(Number(place), users.set(user, (users.get(user) ?? 0) + (texts[at] as Holed).times));
    }
  }
  return counts;
}

/** `User.callRecords` as it is selected somewhere. */
class ListOfUser {
  readonly within: ListsWithin;
  private readonly pageInfo: ReadonlySet<string>;
  private readonly write: Writer<Answered>;
  private readonly readArguments: (request: Request) => CallRecordsArgs;

  constructor(
    private readonly scope: PlanScope,
    private readonly selected: Selected,
  ) {
    const definition = objectType(scope.schema, 'User').getFields()[selected.name];
    const fields = connectionFields(scope, selected);
    if (!definition || fields.some(({ name }) => name === 'totalCount')) throw new NotCompiled('a count within a list');
    this.readArguments = argumentsReader({ definition, selected });
    this.pageInfo = pageInfoOf(scope, fields);
    this.within = new ListsWithin(scope);
    this.write = connectionWriter(scope, fields, this.within.shape);
    if (this.within.shape.sessions.length > 0) throw new NotCompiled('sessions within a list');
  }

  /** Reads and writes the lists of users who come so often in the answer. */
  reader(request: Request): (users: ReadonlyMap<string, number>) => Promise<Map<string, ByteText>> {
    const list = this.listOf(request);
    const { spend } = request.context;
    const budget = begunBudget(request);
    return async (users) => {
      const times = [...users.values()].reduce((sum, one) => sum + one, 0);
      if (times === 0) return new Map();
      const read = async () => {
        await spend(times * pageCost(list.page.limit));
        return this.readLists(request, list, users);
      };
      try {
        return await budget.listOfMany(read, times);
      } catch (error) {
        // An error of its own in each place.
        throw asNotCompiled(error) ?? new NotCompiled('a list within a list that failed');
      }
    };
  }

  private listOf(request: Request): ListQuery {
    const list = this.listAsked(request, isFirstGiven(this.selected.nodes[0], request.variables));
    const { fromEnd, after, before } = list.page;
    const asksOutside = (fromEnd ? before : after) !== null;
    if (asksOutside && this.pageInfo.has(fromEnd ? 'hasNextPage' : 'hasPreviousPage'))
      throw new NotCompiled('what lies outside of a list within a list');
    return list;
  }

  private listAsked(request: Request, isFirst: boolean): ListQuery {
    const { columns } = this.within.shape;
    try {
      return { ...toList(this.readArguments(request), request.context, isFirst), columns };
    } catch {
      throw new NotCompiled('a list within a list that is asked for in a wrong way');
    }
  }

  private async readLists(
    request: Request,
    list: ListQuery,
    users: ReadonlyMap<string, number>,
  ): Promise<Map<string, ByteText>> {
    const { limits, store } = request.context;
    const budget = begunBudget(request);
    const texts = new Map<string, ByteText>();
    for (const some of inTurns([...users.keys()], list.page.limit)) {
      await Pace.shared.admit(some.length * list.page.limit);
      list.asker?.gone.throwIfAborted();
      const cache = this.within.shape.cacheFor(request, this.scope.cache);
      for (const [user, page] of await store.listTextsOfUsers(some, list, cache.has)) {
        const times = users.get(user) as number;
        budget.reach(page.rows.length * times);
        const beside = { hasOutside: false, totalCount: 0, sessions: ReadSessions.none };
        const text = this.write({ ...page, list, limits, cache, ...beside });
        if (!budget.write(text.length * times)) throw list.asker?.gone.reason;
        texts.set(user, text);
      }
    }
    return texts;
  }
}

/** Users whose lists are read and written in one turn of the event loop. */
function* inTurns(users: readonly string[], limit: number): Generator<readonly string[]> {
  const step = Math.max(1, Math.floor(RECORDS_A_TURN / (limit + 1)));
  for (let start = 0; start < users.length; start += step) yield users.slice(start, start + step);
}
