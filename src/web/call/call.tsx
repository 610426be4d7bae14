import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Link } from 'wouter';
import { formatCount } from '../app/format.js';
import { Icon } from '../app/icons.js';
import { AsGraphQL } from '../app/panel.js';
import { Failure, Loading, Nothing } from '../app/states.js';
import { useViewState } from '../app/view-state.js';
import type { CallQuery } from '../gql/graphql.js';
import { graphql } from '../gql/index.js';
import { Facts } from './facts.js';
import { RawJson } from './raw-json.js';
import { SessionDetails } from './session-details.js';
import { Timeline } from './timeline.js';

const CALL = graphql(`
  query Call($id: ID!, $after: String) {
    callRecord(id: $id) {
      id
      version
      type
      modalities
      startDateTime
      endDateTime
      durationSeconds
      lastModifiedDateTime
      joinWebUrl
      participantCount
      organizer {
        ...Who
      }
      participants {
        ...Who
      }
      quality {
        class
        goodStreams
        poorStreams
        unclassifiedStreams
        poorReasons
        sessions
        setupFailures
        drops
      }
      sessions(first: 200, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        edges {
          cursor
          node {
            sessionId
            startDateTime
            endDateTime
            durationSeconds
            isTest
            failureInfo {
              stage
              reason
            }
            quality {
              class
              poorReasons
            }
            caller {
              ...End
            }
            callee {
              ...End
            }
          }
        }
      }
    }
  }
  fragment Who on IdentitySet {
    kind
    identity {
      id
      displayName
    }
  }
  fragment End on Endpoint {
    __typename
    ... on ParticipantEndpoint {
      identity {
        ...Who
      }
    }
    userAgent {
      ... on ServiceUserAgent {
        role
      }
    }
  }
`);

/** One call: its facts, its sessions over time, and the details of the chosen session. */
export function Call({ id }: { id: string }) {
  const { href } = useViewState();
  const { data, error, refetch, fetchMore } = useQuery(CALL, { variables: { id } });
  const call = data?.callRecord;
  return (
    <article className="call" aria-labelledby="call-title">
      <p className="back">
        <Link href={href({ call: null })}>
          <Icon name="back" /> Back
        </Link>
      </p>
      {error && !data ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : data && !call ? (
        <Nothing>There is no such call, or it is not among those that your token lets you see.</Nothing>
      ) : !call ? (
        <Loading what="the call" />
      ) : (
        <>
          <Facts
            call={call}
            tools={
              <>
                <AsGraphQL document={CALL} variables={{ id }} title="this call" />
                <RawJson id={id} />
                <GraphLink id={id} />
              </>
            }
          />
          <Sessions call={call} onMore={(after) => fetchMore({ variables: { after }, updateQuery: joinSessions })} />
        </>
      )}
    </article>
  );
}

interface SessionsProps {
  call: NonNullable<CallQuery['callRecord']>;
  onMore: (after: string | null | undefined) => Promise<unknown>;
}

/** The sessions over time, and the chosen one below them. */
function Sessions({ call, onMore }: SessionsProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const { id, sessions } = call;
  if (!sessions || sessions.edges.length === 0)
    return (
      <section className="panel">
        <Nothing>
          {sessions ? 'No session of this call is yours to see.' : 'The sessions of this call have not been fetched.'}
        </Nothing>
      </section>
    );
  const { edges, pageInfo, totalCount } = sessions;
  return (
    <>
      <Timeline call={call} sessions={edges} chosen={chosen} onChoose={setChosen} />
      {pageInfo.hasNextPage && (
        <button type="button" onClick={() => void onMore(pageInfo.endCursor)}>
          Show more of {formatCount(totalCount)} sessions
        </button>
      )}
      {chosen !== null && <SessionDetails key={chosen} id={id} after={edges[chosen - 1]?.cursor ?? null} />}
    </>
  );
}

function joinSessions(before: CallQuery, { fetchMoreResult: next }: { fetchMoreResult: CallQuery }): CallQuery {
  const [first, second] = [before.callRecord?.sessions, next.callRecord?.sessions];
  if (!before.callRecord || !first || !second) return before;
  return { callRecord: { ...before.callRecord, sessions: { ...second, edges: [...first.edges, ...second.edges] } } };
}

/** The same call in Microsoft Graph, which requires a token of its own. */
function GraphLink({ id }: { id: string }) {
  const url = `https://graph.microsoft.com/v1.0/communications/callRecords/${id}?$expand=sessions($expand=segments)`;
  return (
    <a className="tool" href={url} target="_blank" rel="noreferrer" title="The same call in Microsoft Graph">
      <Icon name="link" />
      <span>Graph</span>
      <span className="visually-hidden">, in a new tab</span>
    </a>
  );
}
