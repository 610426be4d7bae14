import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { Violation } from 'callrecords-graphql/clients';
import { type CreateInput, inputOf, OPTIMISTIC_ID } from './create.js';

/** A call as the page shows it; each client's own type of what it asked for is one of these. */
export interface ShownCall {
  readonly id: string;
  readonly startDateTime: string;
  readonly durationSeconds: number;
  readonly organizer?: { readonly user?: { readonly displayName?: string | null } | null } | null;
}

export interface CallsPageProps {
  calls: readonly ShownCall[];
  hasMore: boolean;
  loadMore: () => void;
  /** Whose calls are shown; empty: everybody's. */
  person: string;
  showCallsOf: (person: string) => void;
  /** Stores a call; rejects with what is wrong with it. */
  create: (input: CreateInput, idempotencyKey: string) => Promise<void>;
  violationsIn: (failure: unknown) => Violation[];
}

/** What the three frontends have in common: nothing here knows which client asks. */
export function CallsPage(props: CallsPageProps) {
  const { calls, person, showCallsOf } = props;
  return (
    <main>
      <label>
        Person <input value={person} onChange={({ target }) => showCallsOf(target.value.trim())} />
      </label>
      <CreateForm {...props} />
      <ol>
        {calls.map(({ id, startDateTime, durationSeconds, organizer }) => (
          <li key={id}>
            {startDateTime} {organizer?.user?.displayName ?? 'unknown'} {durationSeconds.toFixed(0)} s
            {id === OPTIMISTIC_ID && ' (saving)'}
          </li>
        ))}
      </ol>
      <More {...props} />
    </main>
  );
}

/** Loads the next page when the end of the list comes into view. */
function More({ hasMore, loadMore, calls }: CallsPageProps) {
  const end = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && loadMore());
    if (end.current) observer.observe(end.current);
    return () => observer.disconnect();
    // Observed anew after each page: what is still in view is told again.
  }, [calls.length, hasMore]);
  return hasMore ? <p ref={end}>Loading…</p> : <p>That is all.</p>;
}

function CreateForm({ person, create, violationsIn }: CallsPageProps) {
  const [violations, setViolations] = useState<Violation[]>([]);
  const store = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setViolations([]);
    const form = new FormData(event.currentTarget);
    // One key for each press: whatever repeats this request stores no second call.
    create(inputOf(form, person), crypto.randomUUID()).catch((failure: unknown) =>
      setViolations(violationsIn(failure)),
    );
  };
  return (
    <form onSubmit={store}>
      {(['startDateTime', 'endDateTime'] as const).map((name) => (
        <label key={name}>
          {name} <input name={name} defaultValue="2026-03-01T09:00:00.1234567Z" />
          {violations
            .filter(({ path }) => path.join('.') === `input.${name}`)
            .map(({ rule, message }) => (
              <strong key={rule} data-rule={rule}>
                {message}
              </strong>
            ))}
        </label>
      ))}
      <button>Store</button>
    </form>
  );
}
