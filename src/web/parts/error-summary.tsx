import { Alert } from 'antd';
import { useEffect, useRef } from 'react';
import type { FieldError } from './form-errors.ts';
import { goToField } from './form-field.tsx';

/** Everything that is to be mended in a form, before its first field: takes the focus, and each line leads to its field. */
export function ErrorSummary({
  errors,
  labelOf,
  attempt,
}: {
  readonly errors: readonly FieldError[];
  readonly labelOf: (name: string) => string;
  /** Another number with every attempt, so that the focus comes back though the same is wrong again. */
  readonly attempt: number;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (attempt > 0 && errors.length > 0) place.current?.focus();
  }, [attempt, errors.length]);
  if (errors.length === 0) return null;
  return (
    <div ref={place} tabIndex={-1} className="problem error-summary">
      <Alert
        type="error"
        showIcon
        title={<h2 className="error-summary-title">有 {errors.length} 处要改正</h2>}
        description={
          <ul className="problem-list">
            {errors.map(({ name, text }) => (
              <li key={name}>
                <a
                  href={`#${name}`}
                  onClick={(event) => {
                    event.preventDefault();
                    goToField(name);
                  }}
                >
                  {labelOf(name)}：{text}
                </a>
              </li>
            ))}
          </ul>
        }
      />
    </div>
  );
}
