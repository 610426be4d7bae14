import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { formatCount, formatCounted, formatDateTime, formatDuration, formatExactly, nameOf } from '../app/format.js';
import { identityName, personKeyOf } from '../app/identity.js';
import { QualityMark } from '../app/quality-mark.js';
import { DEFAULTS, useViewState } from '../app/view-state.js';
import type { CallQuery } from '../gql/graphql.js';

type OneCall = NonNullable<CallQuery['callRecord']>;

/** The facts of the record itself, and its people. */
export function Facts({ call, tools }: { call: OneCall; tools: ReactNode }) {
  const { href } = useViewState();
  const { type, modalities, quality, organizer, joinWebUrl } = call;
  const all = { ...DEFAULTS, view: 'calls' as const, range: 'all' as const };
  return (
    <section className="panel facts">
      <header>
        <div>
          <h2 id="call-title">
            {nameOf(type)}, {formatDateTime(call.startDateTime)}
          </h2>
          <p className="note">{modalities.map(nameOf).join(', ') || 'No media'}</p>
        </div>
        <div className="tools">{tools}</div>
      </header>
      <dl className="fact-list">
        <Fact name="Quality">
          <QualityMark quality={quality?.class ?? null} />
          {quality && (
            <span className="note">
              {formatCount(quality.poorStreams)} poor, {formatCount(quality.goodStreams)} good,{' '}
              {formatCount(quality.unclassifiedStreams)} unclassified streams
              {quality.poorReasons.length > 0 && `; ${quality.poorReasons.map(nameOf).join(', ')}`}
            </span>
          )}
        </Fact>
        <Fact name="Failures">
          {quality
            ? `${quality.setupFailures} of ${quality.sessions} sessions did not set up, ${quality.drops} dropped`
            : 'Not known'}
        </Fact>
        <Fact name="Joined first">
          <Moment at={call.startDateTime} />
        </Fact>
        <Fact name="Left last">
          <Moment at={call.endDateTime} /> <span className="note">after {formatDuration(call.durationSeconds)}</span>
        </Fact>
        <Fact name="Organizer">
          <Who set={organizer} />
        </Fact>
        <Fact name="Record">
          Version {call.version}, made <Moment at={call.lastModifiedDateTime} />
          <span className="note">A later version may still correct it.</span>
        </Fact>
        {joinWebUrl && (
          <Fact name="Meeting">
            <Link href={href({ ...all, call: null, meeting: joinWebUrl })}>All occurrences of this meeting</Link>
          </Fact>
        )}
      </dl>
      <Participants call={call} />
    </section>
  );
}

function Participants({ call }: { call: OneCall }) {
  return (
    <details className="behind" open={call.participantCount <= 12}>
      <summary>{formatCounted(call.participantCount, 'participant')}</summary>
      <ul className="people">
        {call.participants.map((set, index) => (
          <li key={index}>
            <Who set={set} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A moment in the viewer's zone; exact to the tick on hover. */
export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatExactly(at)}>
      {formatDateTime(at)}
    </time>
  );
}

/** A person, with a link to their calls. */
function Who({ set }: { set: OneCall['organizer'] }) {
  const { href } = useViewState();
  const person = personKeyOf(set);
  if (!person) return <>{identityName(set)}</>;
  return (
    <Link href={href({ view: 'calls', call: null, person })} title={person.id}>
      {identityName(set)}
    </Link>
  );
}
