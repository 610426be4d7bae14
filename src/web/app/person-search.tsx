import { useQuery } from '@apollo/client/react';
import { useCombobox } from 'downshift';
import { useEffect, useState } from 'react';
import type { PeopleQuery } from '../gql/graphql.js';
import { graphql } from '../gql/index.js';
import { nameOf } from './format.js';
import { Icon } from './icons.js';
import { identityName } from './identity.js';
import type { PersonKey } from './view-state.js';

const PEOPLE = graphql(`
  query People($search: String!) {
    people(search: $search, first: 8) {
      kind
      id
      displayName
      userPrincipalName
    }
  }
`);

type Found = PeopleQuery['people'][number];

/** The pause in typing after which a search begins. */
const PAUSE_MS = 200;
const nameOfFound = ({ kind, id, displayName }: Found) => identityName({ kind, identity: { id, displayName } });

/** Finds participants of calls by a part of a name, a number or an id. */
export function PersonSearch({ onPerson }: { onPerson: (person: PersonKey) => void }) {
  const [text, setText] = useState('');
  const search = useSettled(text.trim());
  const { data, loading } = useQuery(PEOPLE, { variables: { search }, skip: search.length < 2 });
  const people = search.length < 2 ? [] : (data?.people ?? []);
  const { isOpen, highlightedIndex, getInputProps, getItemProps, getLabelProps, getMenuProps } = useCombobox<Found>({
    items: people,
    inputValue: text,
    itemToString: (person) => (person ? nameOfFound(person) : ''),
    onInputValueChange: ({ inputValue }) => setText(inputValue),
    onSelectedItemChange: ({ selectedItem }) => {
      if (selectedItem) onPerson({ kind: selectedItem.kind, id: selectedItem.id });
    },
    stateReducer: (_state, { type, changes }) =>
      // The chosen person is among the chips, and the field is free for the next.
      type === useCombobox.stateChangeTypes.ItemClick || type === useCombobox.stateChangeTypes.InputKeyDownEnter
        ? { ...changes, inputValue: '' }
        : changes,
    selectedItem: null,
  });
  const isShown = isOpen && search.length >= 2;
  return (
    <div className="person-search">
      <label {...getLabelProps()} className="visually-hidden">
        Person or number
      </label>
      <Icon name="search" />
      <input {...getInputProps()} placeholder="Person or number" spellCheck={false} />
      <ul {...getMenuProps()} className={isShown ? 'menu' : 'menu is-closed'}>
        {isShown &&
          people.map((person, index) => (
            <li
              key={`${person.kind} ${person.id}`}
              className={index === highlightedIndex ? 'is-highlighted' : ''}
              {...getItemProps({ item: person, index })}
            >
              {nameOfFound(person)}
              <span className="note">{person.userPrincipalName ?? nameOf(person.kind)}</span>
            </li>
          ))}
      </ul>
      {isShown && people.length === 0 && (
        <p className="menu note" role="status">
          {loading ? 'Searching…' : 'Nobody is called that.'}
        </p>
      )}
    </div>
  );
}

/** A text that has not changed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
