import { type KeyboardEvent, type PointerEvent, type SVGProps, useState } from 'react';

/** The columns that are pointed at and chosen. */
export interface Selecting {
  /** The column under the pointer or the keyboard focus. */
  active: number | null;
  /** The first and the last column of the range that is being chosen. */
  range: [number, number] | null;
  /** Whether keys have moved `active`, so that it has to be read out. */
  isByKeys: boolean;
  /** For the drawing: `left` is the left edge of its columns, `step` the width of each. */
  handlers: (left: number, step: number) => SVGProps<SVGSVGElement>;
}

interface At {
  active: number | null;
  /** The column where choosing began. */
  anchor: number | null;
  isByKeys: boolean;
}

const NOWHERE: At = { active: null, anchor: null, isByKeys: false };

/**
 * A range of columns, chosen by dragging with the pointer, or with keys: arrows go from column to column, with Shift
 * they extend the range, Enter takes it, and Escape drops it. The brushes of libraries support only the pointer.
 */
export function useRangeSelection(count: number, onSelect?: (first: number, last: number) => void): Selecting {
  const [{ active, anchor, isByKeys }, setAt] = useState<At>(NOWHERE);
  const range = rangeOf(active, anchor);
  const take = () => {
    if (range) onSelect?.(...range);
    setAt(NOWHERE);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = targetOf(event.key, active, count);
    if (to !== null)
      setAt({ active: to, anchor: event.shiftKey && onSelect ? (anchor ?? active ?? to) : null, isByKeys: true });
    else if (event.key === 'Enter' && active !== null) {
      if (range) take();
      else onSelect?.(active, active);
    } else if (event.key === 'Escape') setAt(NOWHERE);
    else return;
    event.preventDefault();
  };
  const handlers = (left: number, step: number): SVGProps<SVGSVGElement> => {
    const columnAt = ({ clientX, currentTarget }: PointerEvent<SVGSVGElement>) =>
      limit(Math.floor((clientX - currentTarget.getBoundingClientRect().left - left) / step), count);
    return {
      onKeyDown,
      onBlur: () => setAt(NOWHERE),
      onPointerDown: (event) => {
        if (!onSelect || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setAt({ active: columnAt(event), anchor: columnAt(event), isByKeys: false });
      },
      onPointerMove: (event) => setAt({ active: columnAt(event), anchor: isByKeys ? null : anchor, isByKeys: false }),
      onPointerUp: take,
      onPointerCancel: () => setAt(NOWHERE),
      onPointerLeave: () => anchor === null && setAt(NOWHERE),
    };
  };
  return { active, range, isByKeys, handlers };
}

function rangeOf(active: number | null, anchor: number | null): [number, number] | null {
  return active === null || anchor === null ? null : [Math.min(active, anchor), Math.max(active, anchor)];
}

/** The column to which a key goes; null for other keys. */
function targetOf(key: string, active: number | null, count: number): number | null {
  if (count === 0) return null;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  if (key === 'ArrowRight') return active === null ? 0 : limit(active + 1, count);
  if (key === 'ArrowLeft') return active === null ? count - 1 : limit(active - 1, count);
  return null;
}

const limit = (index: number, count: number) => Math.min(Math.max(index, 0), count - 1);
