import { Alert, Button } from 'antd';
import { useEffect, useRef } from 'react';
import { isProblem } from '../api/client.ts';

/** The words of the service for what went wrong, with what to do; takes the focus, so that it is read out and seen. */
export function ProblemAlert({
  error,
  title,
  onRetry,
  focus = false,
}: {
  readonly error: unknown;
  /** In place of the service's own title, where the page knows better what it means here. */
  readonly title?: string | undefined;
  readonly onRetry?: () => void;
  readonly focus?: boolean;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (focus && error) place.current?.focus();
  }, [focus, error]);
  if (!error) return null;
  const problem = isProblem(error) ? error.problem : undefined;
  // What is forbidden, or stands against it, is no other a moment later.
  const mayHelp = problem === undefined || [0, 408, 429].includes(problem.status) || problem.status >= 500;
  return (
    <div ref={place} tabIndex={-1} className="problem">
      <Alert
        type="error"
        showIcon
        title={title ?? problem?.title ?? '没有完成'}
        description={
          <>
            <div>{problem?.detail ?? '页面出错，操作没有完成，请刷新后再试'}</div>
            {problem && problem.errors.length > 0 ? (
              <ul className="problem-list">
                {problem.errors.map(({ field, label, reason, mend }) => (
                  <li key={`${field}${reason}`}>
                    <strong>{label}</strong>：{reason}。{mend}
                  </li>
                ))}
              </ul>
            ) : null}
            {problem && problem.status >= 500 && problem.requestId ? (
              <div className="quiet">请求编号：{problem.requestId}</div>
            ) : null}
          </>
        }
        action={onRetry && mayHelp ? <Button onClick={onRetry}>重试</Button> : undefined}
      />
    </div>
  );
}
