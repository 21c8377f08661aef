import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { giveStylesTheNonce } from './app/style-nonce.ts';
import './app/app.css';

giveStylesTheNonce();
createRoot(document.getElementById('root')!).render(<App />);
