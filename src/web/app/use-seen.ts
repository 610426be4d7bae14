import { useCallback, useState } from 'react';

/** How far below the window something counts as seen, so that it is there when it comes into view. */
const AHEAD = '250px';

/** Whether an element has come into view, or nearly; once it has, it stays so. */
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
