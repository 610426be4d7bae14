import { Choice } from './choice.js';
import { Chips } from './chips.js';
import { spanOfState } from './filter.js';
import { nameOf } from './format.js';
import { PersonSearch } from './person-search.js';
import { PRESETS } from './time-range.js';
import { rangeOf, spanOf, useViewState, type ViewState } from './view-state.js';

/** The filters of the page: a range of time, and conditions on calls. */
export function FilterBar() {
  const { state, change } = useViewState();
  const { from, to } = spanOfState(state);
  return (
    <section className="filters" aria-label="Filters">
      <div className="filters-row">
        <Choice
          label="Range of time"
          options={PRESETS.map(({ value, label }) => [value, label] as const)}
          value={state.range}
          onChange={(range) => change(rangeOf(range))}
        />
        <div className="span">
          <MomentInput label="From" value={from} onChange={(value) => change(spanOf(value, to))} />
          <MomentInput label="To" value={to} onChange={(value) => change(spanOf(from, value))} />
        </div>
        <PersonSearch onPerson={(person) => change({ person })} />
      </div>
      <details className="more" open={matchMedia('(min-width: 720px)').matches}>
        <summary>More filters</summary>
        <div className="filters-row">
          <Pick field="type" label="Kind" options={['groupCall', 'peerToPeer', 'unknown']} />
          <Pick field="modality" label="Media" options={['audio', 'video', 'videoBasedScreenSharing', 'data']} />
          <Pick field="quality" label="Quality" options={['POOR', 'GOOD', 'UNCLASSIFIED']} />
          <Pick field="failure" label="Failure" options={['callSetup', 'midcall']} />
          <PickNumber field="people" label="People" options={[3, 5, 10, 25, 100]} unit="or more" />
          <PickNumber field="minutes" label="Length" options={[1, 5, 15, 30, 60, 120]} unit="min or more" />
        </div>
      </details>
      <Chips />
    </section>
  );
}

/** The value of `datetime-local`: a moment by the viewer's clock, without its zone. */
function localText(instant: string | null): string {
  if (instant === null) return '';
  const date = new Date(instant);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

interface MomentInputProps {
  label: string;
  value: string | null;
  onChange: (value: string | null) => void;
}

function MomentInput({ label, value, onChange }: MomentInputProps) {
  return (
    <label>
      <span>{label}</span>
      <input
        type="datetime-local"
        // An incomplete moment does not count. A typed one counts when it is complete and the field loses focus.
        key={value}
        defaultValue={localText(value)}
        onBlur={({ target }) => {
          const chosen = target.value === '' ? null : new Date(target.value).toISOString();
          if (target.value !== localText(value)) onChange(chosen);
        }}
      />
    </label>
  );
}

interface PickProps<Field extends keyof ViewState> {
  field: Field;
  label: string;
  options: NonNullable<ViewState[Field]>[];
}

function Pick<Field extends 'type' | 'modality' | 'quality' | 'failure'>({ field, label, options }: PickProps<Field>) {
  const { state, change } = useViewState();
  return (
    <label className="pick">
      <span>{label}</span>
      <select value={state[field] ?? ''} onChange={({ target }) => change({ [field]: target.value || null })}>
        <option value="">Any</option>
        {options.map((option) => (
          <option key={option} value={option}>
            {nameOf(option)}
          </option>
        ))}
      </select>
    </label>
  );
}

function PickNumber({ field, label, options, unit }: PickProps<'people' | 'minutes'> & { unit: string }) {
  const { state, change } = useViewState();
  const value = state[field];
  const all = value === null || options.includes(value) ? options : [...options, value].sort((a, b) => a - b);
  return (
    <label className="pick">
      <span>{label}</span>
      <select
        value={value ?? ''}
        onChange={({ target }) => change({ [field]: target.value === '' ? null : Number(target.value) })}
      >
        <option value="">Any</option>
        {all.map((option) => (
          <option key={option} value={option}>
            {option} {unit}
          </option>
        ))}
      </select>
    </label>
  );
}
