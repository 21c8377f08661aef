import { useRef } from 'react';
import { randomKey } from '../api/client.ts';

/** Keys of requests by their content: asked again after a lost answer it is the same request, another content is another one. */
export function useRequestKey(): (content: unknown) => string {
  const keys = useRef(new Map<string, string>());
  return (content) => {
    const words = JSON.stringify(content);
    const known = keys.current.get(words) ?? randomKey();
    keys.current.set(words, known);
    return known;
  };
}
