import { useQuery } from '@apollo/client/react';
import { nameOf } from '../app/format.js';
import { AsGraphQL } from '../app/panel.js';
import { QualityMark } from '../app/quality-mark.js';
import { Failure, Loading, Nothing } from '../app/states.js';
import { endName } from './end-name.js';
import { Moment } from './facts.js';
import { SESSION, type Segment, type Session } from './session-query.js';
import { Sides } from './sides.js';
import { Streams } from './streams.js';

/** The details of the session after this cursor: its ends, its media, and the streams over a threshold. */
export function SessionDetails({ id, after }: { id: string; after: string | null }) {
  const { data, error, refetch } = useQuery(SESSION, { variables: { id, after } });
  const session = data?.callRecord?.sessions?.nodes[0];
  return (
    <section className="panel session" aria-labelledby="session-title">
      <header>
        <div>
          <h2 id="session-title">{session ? `Session of ${endName(session.caller)}` : 'Session'}</h2>
          {session && (
            <p className="note">
              with {endName(session.callee)} · <Moment at={session.startDateTime} /> –{' '}
              <Moment at={session.endDateTime} />
              {session.isTest && ' · a test, which counts nowhere'}
            </p>
          )}
        </div>
        <div className="tools">
          {session && <QualityMark quality={session.quality.class} />}
          <AsGraphQL document={SESSION} variables={{ id, after }} title="this session" />
        </div>
      </header>
      {error && !data ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !session ? (
        <Loading what="the session" />
      ) : (
        <>
          <FailureNote failure={session.failureInfo} />
          {session.segments.map((segment, index) => (
            <SegmentPart key={index} segment={segment} isOnly={session.segments.length === 1} number={index + 1} />
          ))}
          {session.segments.every(({ media }) => media.length === 0) && (
            <Nothing>No media: nothing was sent, or it has not been told.</Nothing>
          )}
        </>
      )}
    </section>
  );
}

function FailureNote({ failure }: { failure: Session['failureInfo'] }) {
  if (!failure) return null;
  return (
    <p className="problem">
      {nameOf(failure.stage ?? 'Failed')}
      {failure.reason ? `: ${failure.reason}` : ''}
    </p>
  );
}

function SegmentPart({ segment, isOnly, number }: { segment: Segment; isOnly: boolean; number: number }) {
  const [first] = segment.media;
  return (
    <div className="segment">
      {!isOnly && (
        <h3>
          Segment {number}: {endName(segment.caller)} to {endName(segment.callee)}
        </h3>
      )}
      {!isOnly && <FailureNote failure={segment.failureInfo} />}
      {first && <Sides caller={segment.caller} callee={segment.callee} media={first} />}
      {segment.media.map((media, index) => (
        <Streams key={index} media={media} caller={endName(segment.caller)} callee={endName(segment.callee)} />
      ))}
    </div>
  );
}
