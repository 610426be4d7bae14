import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { SessionGate } from './app/session.js';
import { Shell } from './app/shell.js';
import './styles/base.css';
import './styles/layout.css';
import './styles/charts.css';
import './styles/views.css';

const root = document.getElementById('app');
if (!root) throw new Error('The page has no element to show calls in.');
createRoot(root).render(
  <StrictMode>
    <SessionGate>
      <Shell />
    </SessionGate>
  </StrictMode>,
);
