import type { ReactNode } from 'react';
import { createRoot } from 'react-dom/client';

export function show(app: ReactNode): void {
  createRoot(document.querySelector('#app') as Element).render(app);
}
