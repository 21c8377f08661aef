import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useId, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { type Answer, call } from '../api/client.ts';
import './suggest-box.css';

type Suggestion = Answer<'GET /api/v1/suggestions'>['items'][number];
export const kindNames = { need: '需求', achievement: '成果' } as const;
export const recordPath = (kind: 'need' | 'achievement', id: string): string =>
  `/${kind === 'need' ? 'needs' : 'achievements'}/${encodeURIComponent(id)}`;

/**
 * A search field that suggests titles while one writes, in characters, whole pinyin or initials. Enter searches; a suggestion
 * leads to its record. The pattern is the combobox of the ARIA practices, with the focus staying in the field.
 */
export function SuggestBox({
  initial = '',
  kind,
  autoFocus = false,
  onSearch,
  onLeave,
}: {
  readonly initial?: string;
  /** Suggests records of this kind alone. */
  readonly kind?: 'need' | 'achievement';
  readonly autoFocus?: boolean;
  readonly onSearch: (text: string) => void;
  /** Called when a suggestion was followed. */
  readonly onLeave?: () => void;
}) {
  const id = useId();
  const navigate = useNavigate();
  const [text, setText] = useState(initial);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setText(initial), [initial]);
  useEffect(() => {
    if (autoFocus) field.current?.focus();
  }, [autoFocus]);
  const asked = useDeferredValue(text.trim());
  const { data } = useQuery({
    queryKey: ['suggestions', kind ?? 'all', asked],
    queryFn: ({ signal }) =>
      call('GET /api/v1/suggestions', { query: { text: asked, limit: 8, ...(kind ? { kind } : {}) }, signal }),
    enabled: open && asked !== '',
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  const items: readonly Suggestion[] = open && asked !== '' ? (data?.items ?? []) : [];

  const follow = (item: Suggestion) => {
    setOpen(false);
    onLeave?.();
    void navigate(recordPath(item.kind, item.id));
  };
  return (
    <form
      className="suggest"
      onSubmit={(event) => {
        event.preventDefault();
        const chosen = items[at];
        if (chosen) return follow(chosen);
        setOpen(false);
        onSearch(text.trim());
      }}
    >
      <input
        ref={field}
        type="search"
        className="suggest-field"
        role="combobox"
        aria-label="搜索需求和成果"
        aria-expanded={items.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...(at >= 0 && items[at] ? { 'aria-activedescendant': `${id}-${at}` } : {})}
        placeholder="搜索需求和成果，可写拼音或首字母"
        maxLength={200}
        value={text}
        autoComplete="off"
        enterKeyHint="search"
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
          setAt(-1);
        }}
        onBlur={() => setOpen(false)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            setOpen(true);
            const by = event.key === 'ArrowDown' ? 1 : -1;
            setAt((now) => Math.max(-1, Math.min(items.length - 1, now + by)));
          } else if (event.key === 'Escape' && items.length > 0) {
            event.stopPropagation();
            setOpen(false);
          }
        }}
      />
      <button type="submit" className="suggest-go">
        搜索
      </button>
      <div id={`${id}-list`} role="listbox" aria-label="提示" className="suggest-list" hidden={items.length === 0}>
        {items.map((item, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above handles the keys of the list
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the active option
          <div
            key={`${item.kind}${item.id}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => follow(item)}
          >
            <span className={`tag ${item.kind === 'need' ? 'accent' : 'good'}`}>{kindNames[item.kind]}</span>{' '}
            {item.title}
          </div>
        ))}
      </div>
    </form>
  );
}
