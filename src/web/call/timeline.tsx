import { formatClock, formatDuration, nameOf } from '../app/format.js';
import { Icon } from '../app/icons.js';
import { personKeyOf } from '../app/identity.js';
import type { CallQuery } from '../gql/graphql.js';
import { endName } from './end-name.js';

type OneCall = NonNullable<CallQuery['callRecord']>;
type Edge = NonNullable<OneCall['sessions']>['edges'][number];
type Session = Edge['node'];

interface TimelineProps {
  call: OneCall;
  sessions: Edge[];
  /** The position of the session that is shown below. */
  chosen: number | null;
  onChoose: (place: number | null) => void;
}

/** A session, seen from one of its people. */
interface Stay {
  place: number;
  session: Session;
}

interface Person {
  key: string;
  name: string;
  stays: Stay[];
}

const KEYS = { GOOD: 'good', POOR: 'poor', UNCLASSIFIED: 'unclassified' } as const;

/** Who was in the call when, and with which quality: a line for each person, a bar for each of their sessions. */
export function Timeline({ call, sessions, chosen, onChoose }: TimelineProps) {
  const people = peopleOf(sessions);
  const times = [call, ...sessions.map(({ node }) => node)].flatMap(({ startDateTime, endDateTime }) => [
    Date.parse(startDateTime),
    Date.parse(endDateTime),
  ]);
  const begin = Math.min(...times);
  const length = Math.max(1, Math.max(...times) - begin);
  const share = (time: number) => ((time - begin) / length) * 100;
  return (
    <section className="panel" aria-labelledby="timeline-title">
      <header>
        <div>
          <h2 id="timeline-title">Timeline</h2>
          <p className="note">A bar for each session of each person; choose one to see its media below</p>
        </div>
      </header>
      <div className="timeline">
        <Scale begin={begin} length={length} />
        <ul>
          {people.map(({ key, name, stays }) => (
            <li key={key} className="lane">
              <span className="lane-name" title={name}>
                {name}
              </span>
              <div className="lane-bars">
                {stays.map(({ place, session }) => (
                  <SessionBar
                    key={place}
                    name={name}
                    session={session}
                    isChosen={place === chosen}
                    onChoose={() => onChoose(place === chosen ? null : place)}
                    left={share(Date.parse(session.startDateTime))}
                    width={(Math.max(0, session.durationSeconds * 1000) / length) * 100}
                  />
                ))}
              </div>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

interface SessionBarProps {
  name: string;
  session: Session;
  isChosen: boolean;
  onChoose: () => void;
  /** In percent of the whole. */
  left: number;
  width: number;
}

function SessionBar({ name, session, isChosen, onChoose, left, width }: SessionBarProps) {
  const { quality, failureInfo, startDateTime, endDateTime, durationSeconds, isTest } = session;
  const key = KEYS[quality.class];
  const stage = failureInfo?.stage ?? null;
  const said = [
    `${formatClock(startDateTime)} – ${formatClock(endDateTime)} (${formatDuration(durationSeconds)})`,
    nameOf(quality.class) + (quality.poorReasons.length > 0 ? `: ${quality.poorReasons.map(nameOf).join(', ')}` : ''),
    ...(stage ? [nameOf(stage) + (failureInfo?.reason ? `: ${failureInfo.reason}` : '')] : []),
    ...(isTest ? ['Test'] : []),
  ].join(' · ');
  return (
    <button
      type="button"
      className={`stay is-${key}${stage ? ' has-failed' : ''}`}
      // A very short session is still visible and can be pressed, within the lane.
      style={{ left: `min(${left}%, calc(100% - 24px))`, width: `max(24px, ${width}%)` }}
      aria-pressed={isChosen}
      aria-label={`${name}, ${said}`}
      title={said}
      onClick={onChoose}
    >
      <Icon name={key} />
      <span className="stay-label">{nameOf(quality.class)}</span>
      {stage && <Icon name={stage === 'midcall' ? 'dropped' : 'failed'} />}
    </button>
  );
}

const TICKS = [0, 0.25, 0.5, 0.75, 1];

function Scale({ begin, length }: { begin: number; length: number }) {
  return (
    <div className="scale" aria-hidden="true">
      {TICKS.map((tick) => (
        <span key={tick} style={{ left: `${tick * 100}%` }}>
          {formatClock(new Date(begin + tick * length))}
        </span>
      ))}
    </div>
  );
}

/** Everybody with their sessions, in the order of joining. A session between two people belongs to both. */
function peopleOf(sessions: Edge[]): Person[] {
  const people = new Map<string, Person>();
  sessions.forEach(({ node: session }, place) => {
    const ends = [session.caller, session.callee].filter((end) => end?.__typename === 'ParticipantEndpoint');
    for (const end of ends.length > 0 ? ends : [session.caller]) {
      const name = endName(end);
      const known = end?.__typename === 'ParticipantEndpoint' ? personKeyOf(end.identity) : null;
      const key = known ? `${known.kind} ${known.id}` : `${place} ${name}`;
      const person = people.get(key) ?? { key, name, stays: [] };
      person.stays.push({ place, session });
      people.set(key, person);
    }
  });
  return [...people.values()].sort((a, b) => joinedAt(a) - joinedAt(b));
}

const joinedAt = ({ stays }: Person) => Math.min(...stays.map(({ session }) => Date.parse(session.startDateTime)));
