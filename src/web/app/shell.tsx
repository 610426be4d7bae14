import { useApolloClient, useQuery } from '@apollo/client/react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { Calls } from '../calls/calls.js';
import { graphql } from '../gql/index.js';
import { Overview } from '../overview/overview.js';
import { isForbidden } from './client.js';
import { EmptyStore } from './empty-store.js';
import { FilterBar } from './filter-bar.js';
import { Freshness } from './freshness.js';
import { Icon } from './icons.js';
import { identityName } from './identity.js';
import { useSession } from './session.js';
import { Failure, Loading } from './states.js';
import { useViewState, type View } from './view-state.js';

const SHELL = graphql(`
  query Shell {
    me {
      kind
      id
      displayName
      callCount
    }
    newest: callRecords(first: 1) {
      nodes {
        id
      }
    }
  }
`);

/** The view of one call needs code that the other views do not. */
const Call = lazy(() => import('../call/call.js').then(({ Call }) => ({ default: Call })));

/** The frame around every view: the navigation, the viewer, and the freshness of the data. */
export function Shell() {
  const { state } = useViewState();
  const { data, error } = useQuery(SHELL);
  const [isLive, setIsLive] = useState(true);
  const isEmpty = data?.newest.nodes.length === 0;
  useFocusOnMain(`${state.view} ${state.call ?? ''}`);
  useTitle(state.call ? 'One call' : state.view === 'calls' ? 'Calls' : 'Overview');
  return (
    <>
      <a className="skip" href="#main">
        Skip to the calls
      </a>
      <Header me={data?.me ?? null} />
      {!isEmpty && !state.call && !isForbidden(error) && <FilterBar />}
      <main id="main" tabIndex={-1}>
        {error && isForbidden(error) ? (
          <div className="panel">
            <Failure error={error} />
          </div>
        ) : isEmpty ? (
          <EmptyStore />
        ) : state.call ? (
          <Suspense fallback={<Loading what="the call" />}>
            <Call key={state.call} id={state.call} />
          </Suspense>
        ) : state.view === 'calls' ? (
          <Calls />
        ) : (
          <Overview isLive={isLive} onLive={setIsLive} />
        )}
      </main>
    </>
  );
}

interface Me {
  kind: 'USER' | (string & {});
  id: string;
  displayName?: string | null;
  callCount: number;
}

function Header({ me }: { me: Me | null }) {
  const { bearer, leave } = useSession();
  const client = useApolloClient();
  return (
    <header className="top">
      <h1>
        <Icon name="call" /> {bearer.isDelegated ? 'My calls' : 'Call records'}
      </h1>
      <nav aria-label="Views">
        <ViewLink view="overview">{bearer.isDelegated ? 'Me' : 'Overview'}</ViewLink>
        <ViewLink view="calls">Calls</ViewLink>
      </nav>
      <div className="status">
        {!bearer.isDelegated && <Freshness />}
        <span className="who" title={me?.id}>
          {bearer.isDelegated
            ? `Only calls of ${me ? identityName({ kind: 'USER', identity: me }) : 'yours'}`
            : 'All calls'}
        </span>
        <button type="button" className="tool" onClick={() => void client.refetchQueries({ include: 'active' })}>
          <Icon name="refresh" />
          <span>Refresh</span>
        </button>
        <a className="tool" href="/explorer">
          <Icon name="query" />
          <span>Explorer</span>
        </a>
        <button type="button" className="tool" onClick={leave}>
          <Icon name="key" />
          <span>Other token</span>
        </button>
      </div>
    </header>
  );
}

function ViewLink({ view, children }: { view: View; children: string }) {
  const { state, href } = useViewState();
  const isHere = state.call === null && state.view === view;
  return (
    <Link href={href({ view, call: null })} aria-current={isHere ? 'page' : undefined}>
      {children}
    </Link>
  );
}

/** Keyboard users who go to another view continue from there, and hear where they are. */
function useFocusOnMain(place: string): void {
  const before = useRef(place);
  const isBack = useRef(false);
  useEffect(() => {
    const goBack = () => {
      isBack.current = true;
    };
    window.addEventListener('popstate', goBack);
    return () => window.removeEventListener('popstate', goBack);
  }, []);
  useEffect(() => {
    if (before.current !== place) {
      document.getElementById('main')?.focus({ preventScroll: true });
      // Going back keeps the position.
      if (!isBack.current) window.scrollTo(0, 0);
    }
    before.current = place;
    isBack.current = false;
  }, [place]);
}

function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – Call records`;
  }, [title]);
}
