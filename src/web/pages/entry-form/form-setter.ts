import { createContext, useContext } from 'react';

/** Sets a field of the form as if somebody had typed it: the draft is told as well. */
export type FormSetter = (name: string, value: unknown) => void;

export const FormSetterContext = createContext<FormSetter | null>(null);

export function useFormSetter(): FormSetter {
  const setter = useContext(FormSetterContext);
  if (!setter) throw new Error('no form');
  return setter;
}
