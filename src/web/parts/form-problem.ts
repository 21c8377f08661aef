import type { FormInstance } from 'antd';
import { isProblem } from '../api/client.ts';

/**
 * Puts what the service says of single fields to these fields and moves to the first of them; answers what is left to say of the
 * form as a whole, or null. `names` are the form's fields; `prefix` is where its content lies in the request (`content.`).
 */
export function toFields(form: FormInstance, error: unknown, names: readonly string[], prefix = ''): unknown {
  if (!isProblem(error)) return error;
  const fit = error.problem.errors
    .map((issue) => ({ issue, name: issue.field.startsWith(prefix) ? issue.field.slice(prefix.length) : issue.field }))
    .filter(({ name }) => names.includes(name));
  form.setFields(fit.map(({ issue, name }) => ({ name, errors: [`${issue.reason}。${issue.mend}`] })));
  const [first] = fit;
  if (first) form.focusField(first.name);
  return fit.length > 0 && fit.length === error.problem.errors.length ? null : error;
}
