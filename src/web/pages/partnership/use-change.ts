import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, type FormInstance } from 'antd';
import { useState } from 'react';
import { toFields } from '../../parts/form-problem.ts';
import { type PartnershipView, partnershipKey } from './partnership-words.ts';

/**
 * A change of a partnership out of a form: what the service answers is shown, what it says of single fields stands at these, and
 * `error` is what is left to say.
 */
export function useChange<W>(
  id: string,
  form: FormInstance,
  names: readonly string[],
  change: (written: W) => Promise<PartnershipView>,
  done: { readonly words: string; readonly close?: () => void },
) {
  const client = useQueryClient();
  const { message } = App.useApp();
  const [error, setError] = useState<unknown>(null);
  const mutation = useMutation({
    mutationFn: change,
    onMutate: () => setError(null),
    onSuccess: (next) => {
      client.setQueryData(partnershipKey(id), next);
      void client.invalidateQueries({ queryKey: ['partnerships'] });
      void message.success(done.words);
      done.close?.();
    },
    onError: (thrown) => {
      setError(toFields(form, thrown, names));
      // Somebody else wrote meanwhile, perhaps: the page shows what is there now.
      void client.invalidateQueries({ queryKey: partnershipKey(id) });
    },
  });
  return { send: mutation.mutate, sending: mutation.isPending, error };
}
