import { identityKey, isGuid } from '../../domain/identity.js';
import { RECORDS_A_TURN } from '../../domain/limits.js';
import { pageCost } from '../../domain/cost.js';
import type { ByteText } from '../../platform/byte-text.js';
import type { IsKnown } from '../../store/engine/raw-rows.js';
import type { TextPage } from '../../store/query/read-raw-rows.js';
import type { ListQuery } from '../../store/query/read-records.js';
import { type CallRecordsArgs, isFirstGiven, listOf as toList } from '../connection.js';
import { inChunks, keyOf, RECORDS_AT_ONCE } from '../loaders.js';
import { type Selected, selectedBelow } from '../look-ahead.js';
import { Pace } from '../pace.js';
import { type Answered, connectionFields, connectionWriter, pageInfoOf } from './connection-writer.js';
import type { Linked } from './json-writer.js';
import { VALUE } from './stored-json.js';
import { asNotCompiled, NotCompiled } from './not-compiled.js';
import { objectWriter, type Writer } from './object-writer.js';
import { argumentsReader, begunBudget, objectType, pay, type PlanScope, type Request, type Written } from './plan.js';
import type { AnswerCache } from './record-json-cache.js';
import { ReadShape } from './record-writer.js';
import { ReadSessions } from './sessions-writer.js';

/** Encloses a hole in a text, in place of a user's list. The byte is in no UTF-8. */
const HOLE = '\u00ff';

/** A text with holes, and how often it occurs in the answer. */
interface Holed {
  text: ByteText;
  times: number;
}

/** Puts the lists of users into the text of a field that has found so many records. */
type Fill = (text: ByteText, records: number) => Promise<Written>;

/**
 * The lists of calls of users who stand in records. A record is written with a hole in the place of each list. Each
 * user's list is read and written once, however often it occurs, and the answer is put together from the pieces. As
 * objects for graphql-js, each piece would be many times as large.
 */
export class ListsWithin {
  /** The columns to read of the records in which the users stand. */
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

  /** Writes a user from the key, like `UserIdentityResolver` and `UserResolver`. */
  private accountWriter({ nodes }: Selected): Writer<string> {
    const type = objectType(this.scope.schema, 'User');
    return objectWriter('User', selectedBelow(this.scope, type, nodes), (field) => {
      if (field.name === 'id') return (user) => `"${user}"`;
      if (field.name !== 'callRecords') throw new NotCompiled(`User.${field.name}`);
      const place = this.lists.push(new ListOfUser(this.scope, field)) - 1;
      return (user) => `${HOLE}${place} ${user}${HOLE}`;
    });
  }

  /** Throws a `NotCompiled` if the arguments of a list are wrong: graphql-js reports that. */
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
    const lists = this.lists.map((list) => ({
      asked: list.prepare(request),
      fill: list.within.lists.length > 0 ? list.within.filler(request) : asPieces,
    }));
    return async (texts) => {
      const split = texts.map(({ text }) => text.split(HOLE));
      const holes = countHoles(split, texts);
      const wanted = lists.map(({ asked, fill }, place) => ({
        fill,
        asked: { ...asked(), users: holes.get(place) ?? new Map<string, number>() },
      }));
      const pages = new PagesOfUsers(
        request,
        wanted.map(({ asked }) => asked),
      );
      const pieces = new Map<string, Buffer[]>();
      for (const [place, { asked, fill }] of wanted.entries()) {
        const written = await (this.lists[place] as ListOfUser).write(request, asked, pages);
        const filled = await fill([...written].map(([user, text]) => ({ text, times: asked.users.get(user) ?? 0 })));
        for (const user of written.keys()) pieces.set(`${place} ${user}`, filled.shift() as Buffer[]);
      }
      return split.map((parts) =>
        parts.flatMap((part, index) =>
          isHole(index) ? (pieces.get(part) as Buffer[]) : [Buffer.from(part, 'latin1')],
        ),
      );
    };
  }
}

/** A list for each of these users, with the number of times that each user occurs in the answer. */
interface AskedList {
  list: ListQuery;
  /** The JSON of its records that was written before. */
  cache: AnswerCache;
  users: ReadonlyMap<string, number>;
}

/** The pages of users' calls, for lists of one level. Lists that ask for the same share a statement. */
class PagesOfUsers {
  private readonly pages = new Map<string, Promise<Map<string, TextPage>>>();

  constructor(
    private readonly request: Request,
    private readonly lists: readonly AskedList[],
  ) {}

  /** The pages of the users of all lists that ask for the same as this one. */
  of(asked: AskedList): Promise<Map<string, TextPage>> {
    const key = keyOf(asked.list);
    let pages = this.pages.get(key);
    if (!pages) {
      pages = this.read(this.lists.filter(({ list }) => keyOf(list) === key));
      this.pages.set(key, pages);
    }
    return pages;
  }

  private async read(same: readonly AskedList[]): Promise<Map<string, TextPage>> {
    const { list } = same[0] as AskedList;
    const users = [...new Set(same.flatMap((one) => [...one.users.keys()]))];
    const isKnown: IsKnown = (id, revision) => same.every(({ cache }) => cache.has(id, revision));
    const pages = new Map<string, TextPage>();
    let records = 0;
    for (const some of inChunks(users, RECORDS_AT_ONCE / (list.page.limit + 1))) {
      await Pace.shared.admit(0);
      list.asker?.gone.throwIfAborted();
      for (const [user, page] of await this.request.context.store.listTextsOfUsers(some, list, isKnown)) {
        records += page.rows.length;
        pages.set(user, page);
      }
      begunBudget(this.request).requireRoom(records);
    }
    return pages;
  }
}

async function asPieces(texts: readonly Holed[]): Promise<Buffer[][]> {
  return texts.map(({ text }) => [Buffer.from(text, 'latin1')]);
}

const isHole = (index: number): boolean => index % 2 === 1;

/** How often each user's list occurs, by the place of the list. */
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

/** `User.callRecords` at one place of a selection. */
class ListOfUser {
  readonly within: ListsWithin;
  private readonly pageInfo: ReadonlySet<string>;
  private readonly writeOne: Writer<Answered>;
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
    this.writeOne = connectionWriter(scope, fields, this.within.shape);
    if (this.within.shape.sessions.length > 0) throw new NotCompiled('sessions within a list');
  }

  /** The list's arguments in a request. At each level the cache is looked up again. */
  prepare(request: Request): () => Pick<AskedList, 'list' | 'cache'> {
    const list = this.listOf(request);
    return () => ({ list, cache: this.within.shape.cacheFor(request, this.scope.cache) });
  }

  /** The texts of the lists of users. */
  async write(request: Request, asked: AskedList, pages: PagesOfUsers): Promise<Map<string, ByteText>> {
    const times = [...asked.users.values()].reduce((sum, one) => sum + one, 0);
    if (times === 0) return new Map();
    const read = async () => {
      await pay(request, times * pageCost(asked.list.page.limit));
      return this.writeLists(request, asked, await pages.of(asked));
    };
    try {
      return await begunBudget(request).listOfMany(read, times);
    } catch (error) {
      // graphql-js executes again: the error has to stand at each place of the list.
      throw asNotCompiled(error) ?? new NotCompiled('a list within a list that failed');
    }
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

  private async writeLists(
    request: Request,
    { list, cache, users }: AskedList,
    pages: ReadonlyMap<string, TextPage>,
  ): Promise<Map<string, ByteText>> {
    const { limits } = request.context;
    const budget = begunBudget(request);
    const texts = new Map<string, ByteText>();
    for (const some of inChunks([...users], RECORDS_A_TURN / (list.page.limit + 1))) {
      await Pace.shared.admit(some.length * list.page.limit);
      list.asker?.gone.throwIfAborted();
      for (const [user, times] of some) {
        const page = pages.get(user) as TextPage;
        budget.reach(page.rows.length * times);
        const beside = { hasOutside: false, totalCount: 0, sessions: ReadSessions.none };
        const text = this.writeOne({ ...page, list, limits, cache, ...beside });
        if (!budget.write(text.length * times)) throw list.asker?.gone.reason;
        texts.set(user, text);
      }
    }
    return texts;
  }
}
