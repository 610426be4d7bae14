/** Strokes on a grid of 24, drawn for this page. */
const PATHS = {
  good: 'M5 12.5l4.5 4.5L19 7.5',
  poor: 'M12 4l9 16H3zM12 10v4.5M12 17v.2',
  unclassified: 'M6 12h12',
  none: 'M5 12a7 7 0 1 0 14 0 7 7 0 1 0-14 0',
  failed: 'M6 6l12 12M18 6L6 18',
  dropped: 'M4 12h7M14 8l6 8M20 8l-6 8',
  key: 'M8.5 18a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM11 12L19 4M15.5 7.5L18.5 10.5',
  call: 'M5 4h4l1.5 5-2.5 1.5a11 11 0 0 0 5.5 5.5L15 13.5l5 1.5v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1z',
  people:
    'M9 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 9 11zM3 20a6 6 0 0 1 12 0M16 11a2.7 2.7 0 1 0-1-5.2M17 14.2A5.4 5.4 0 0 1 21 20',
  close: 'M7 7l10 10M17 7L7 17',
  down: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  query: 'M8 6l-5 6 5 6M16 6l5 6-5 6',
  json: 'M9 4H8a2 2 0 0 0-2 2v4l-2 2 2 2v4a2 2 0 0 0 2 2h1M15 4h1a2 2 0 0 1 2 2v4l2 2-2 2v4a2 2 0 0 1-2 2h-1',
  ascending: 'M12 19V6M7 11l5-5 5 5',
  descending: 'M12 5v13M7 13l5 5 5-5',
  back: 'M15 6l-6 6 6 6',
  pause: 'M9 6v12M15 6v12',
  play: 'M8 5l11 7-11 7z',
  refresh: 'M19 12a7 7 0 1 1-2.2-5.1M17 3v4.2h-4.2',
  search: 'M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM15.5 15.5L20 20',
  link: 'M10 14l9-9M13 5h6v6M17 14v4a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1h4',
} as const;

export type IconName = keyof typeof PATHS;

/** Only for sighted users: a text beside it says the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
