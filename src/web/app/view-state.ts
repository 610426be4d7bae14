import { useCallback } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { CallType, FailureStage, IdentityKind, Modality, QualityClass, QualityDimension } from '../gql/graphql.js';
import { PAGE } from './settings.js';
import type { Preset } from './time-range.js';

export type View = 'overview' | 'calls';
export type Measure = 'calls' | 'minutes';

/** The key of a searched person: a kind of identity, such as a user or a telephone, and an id. */
export interface PersonKey {
  kind: IdentityKind;
  id: string;
}

/** All choices on the page. They stand in the address, so that a result can be sent to others. */
export interface ViewState {
  view: View;
  /** The id of the call that is shown; null: the view. */
  call: string | null;
  /** A range up to now; null: `from` and `to`. */
  range: Preset | null;
  from: string | null;
  to: string | null;
  person: PersonKey | null;
  type: CallType | null;
  modality: Modality | null;
  quality: QualityClass | null;
  failure: FailureStage | null;
  /** The minimum number of participants, and of minutes. */
  people: number | null;
  minutes: number | null;
  /** The URL of a meeting, which its occurrences share. */
  meeting: string | null;
  sort: 'start' | 'duration';
  ascending: boolean;
  measure: Measure;
  /** The dimension by which poor streams are grouped, and the minimum number of streams of a group. */
  dimension: QualityDimension;
  minimumStreams: number;
}

export const DEFAULTS: ViewState = {
  view: 'overview',
  call: null,
  range: '30d',
  from: null,
  to: null,
  person: null,
  type: null,
  modality: null,
  quality: null,
  failure: null,
  people: null,
  minutes: null,
  meeting: null,
  sort: 'start',
  ascending: false,
  measure: 'calls',
  dimension: 'SUBNET',
  minimumStreams: 10,
};

type Field = keyof ViewState;
const FIELDS = Object.keys(DEFAULTS) as Field[];

/** Reads the state from an address. Missing and invalid parts have their defaults. */
function readViewState(search: string): ViewState {
  const params = new URLSearchParams(search);
  const state: ViewState = { ...DEFAULTS };
  if (params.has('from') || params.has('to')) state.range = null;
  for (const field of FIELDS) {
    const text = params.get(field);
    if (text !== null) Object.assign(state, { [field]: parse(field, text) });
  }
  return state;
}

/** The address of a state, without the parts that have their defaults. */
function hrefOf(state: ViewState): string {
  const params = new URLSearchParams();
  for (const field of FIELDS) {
    const text = format(state[field]);
    if (text !== format(DEFAULTS[field]) && text !== null) params.set(field, text);
  }
  const search = params.toString();
  return search === '' ? PAGE : `${PAGE}?${search}`;
}

function parse(field: Field, text: string): ViewState[Field] {
  if (field === 'person') {
    const at = text.indexOf(':');
    return at < 0 ? null : { kind: text.slice(0, at) as IdentityKind, id: text.slice(at + 1) };
  }
  if (field === 'ascending') return text === 'true';
  if (field === 'people' || field === 'minutes' || field === 'minimumStreams') {
    const number = Number(text);
    return Number.isInteger(number) && number >= 0 ? number : DEFAULTS[field];
  }
  if (field === 'from' || field === 'to') return Number.isNaN(Date.parse(text)) ? null : text;
  return isAllowed(field, text) ? text : DEFAULTS[field];
}

/** In the order in which they are offered. */
export const DIMENSIONS: QualityDimension[] = [
  'SUBNET',
  'CONNECTION_TYPE',
  'WIFI_BAND',
  'CAPTURE_DEVICE',
  'RENDER_DEVICE',
  'CLIENT_PLATFORM',
  'CLIENT_VERSION',
  'AUDIO_CODEC',
  'MEDIA_KIND',
  'POOR_REASON',
];

const ALLOWED: Partial<Record<Field, readonly string[]>> = {
  view: ['overview', 'calls'],
  range: ['1d', '7d', '30d', '90d', '365d', 'all'],
  type: ['groupCall', 'peerToPeer', 'unknown', 'unknownFutureValue'],
  modality: ['audio', 'video', 'videoBasedScreenSharing', 'data', 'screenSharing', 'unknownFutureValue'],
  quality: ['GOOD', 'POOR', 'UNCLASSIFIED'],
  failure: ['callSetup', 'midcall'],
  sort: ['start', 'duration'],
  measure: ['calls', 'minutes'],
  dimension: DIMENSIONS,
};

const isAllowed = (field: Field, text: string) => ALLOWED[field]?.includes(text) ?? text !== '';

function format(value: ViewState[Field]): string | null {
  if (value === null) return null;
  return typeof value === 'object' ? `${value.kind}:${value.id}` : String(value);
}

/** The change of a range. A new range replaces the one before. */
export const rangeOf = (range: Preset) => ({ range, from: null, to: null });
export const spanOf = (from: string | null, to: string | null) => ({ range: null, from, to });

export type Change = Partial<ViewState>;

/** The state in the address, and the function that changes it. Each change is a step in the browser's history. */
export function useViewState(): {
  state: ViewState;
  change: (change: Change, options?: { replace?: boolean }) => void;
  href: (change: Change) => string;
} {
  const search = useSearch();
  const [, navigate] = useLocation();
  const state = readViewState(search);
  const change = useCallback(
    (wanted: Change, options?: { replace?: boolean }) =>
      navigate(hrefOf({ ...readViewState(window.location.search), ...wanted }), options),
    [navigate],
  );
  return { state, change, href: (wanted) => hrefOf({ ...state, ...wanted }) };
}
