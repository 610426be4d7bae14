import { useCallback, useState } from 'react';

/** The distance below the window at which an element counts as seen, so that it is ready when it comes into view. */
const AHEAD = '250px';

/** Whether an element is in view, or nearly. Once true, it stays so. */
export function useSeen(): [(element: Element | null) => (() => void) | undefined, boolean] {
  const [isSeen, setIsSeen] = useState(false);
  const watch = useCallback((element: Element | null) => {
    if (!element) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setIsSeen(true);
      },
      { rootMargin: AHEAD },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [watch, isSeen];
}
