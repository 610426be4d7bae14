import { useQuery } from '@apollo/client/react';
import { Link } from 'wouter';
import { graphql } from '../gql/index.js';
import { formatDateTime, nameOf } from './format.js';
import { Icon } from './icons.js';
import { identityName } from './identity.js';
import { DEFAULTS, type Change, type PersonKey, useViewState, type ViewState } from './view-state.js';

const PERSON = graphql(`
  query PersonOfChip($id: String!) {
    people(search: $id, first: 5) {
      kind
      id
      displayName
    }
  }
`);

interface Chip {
  key: string;
  text: React.ReactNode;
  /** For screen readers: what the button removes. */
  spoken: string;
  without: Change;
}

/** The active filters, each with a button that removes it. */
export function Chips() {
  const { state, href } = useViewState();
  const chips = chipsOf(state);
  if (chips.length === 0) return null;
  return (
    <ul className="chips" aria-label="Active filters">
      {chips.map(({ key, text, spoken, without }) => (
        <li key={key}>
          <span>{text}</span>
          <Link href={href(without)} aria-label={`Remove ${spoken}`}>
            <Icon name="close" />
          </Link>
        </li>
      ))}
      {chips.length > 1 && (
        <li className="clear">
          <Link href={href(Object.assign({}, ...chips.map(({ without }) => without)) as Change)}>Clear all</Link>
        </li>
      )}
    </ul>
  );
}

function chipsOf(state: ViewState): Chip[] {
  const { from, to, person, people, minutes, meeting } = state;
  const named = (['type', 'modality', 'quality', 'failure'] as const).flatMap((field) => {
    const value = state[field];
    return value === null
      ? []
      : [{ key: field, text: nameOf(value), spoken: nameOf(value), without: { [field]: null } }];
  });
  const chip = (key: string, text: string, without: Change): Chip => ({ key, text, spoken: text, without });
  const span = `${from === null ? 'Until' : formatDateTime(from)}${from !== null && to !== null ? ' – ' : ' '}${to === null ? 'and later' : formatDateTime(to)}`;
  return [
    ...(from !== null || to !== null ? [chip('span', span, { from: null, to: null, range: DEFAULTS.range })] : []),
    ...(person
      ? [{ key: 'person', text: <PersonName person={person} />, spoken: 'person', without: { person: null } }]
      : []),
    ...named,
    ...(people === null ? [] : [chip('people', `${people} people or more`, { people: null })]),
    ...(minutes === null ? [] : [chip('minutes', `${minutes} min or longer`, { minutes: null })]),
    ...(meeting === null ? [] : [chip('meeting', 'One meeting', { meeting: null })]),
  ];
}

/** The address holds only an id: names are neither in it nor in logs. */
function PersonName({ person: { kind, id } }: { person: PersonKey }) {
  const { data } = useQuery(PERSON, { variables: { id } });
  const found = data?.people.find((one) => one.id === id && one.kind === kind);
  return <>With {identityName({ kind, identity: { id, displayName: found?.displayName } })}</>;
}
