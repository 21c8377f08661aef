import { z } from 'zod';
import { instant } from './query-values.ts';

export const historyLine = z
  .object({
    at: instant,
    by: z.string(),
    action: z.string(),
    from: z.string(),
    to: z.string(),
    reason: z.string().optional(),
  })
  .meta({ id: 'HistoryLine' });

export const provenanceView = z.object({ source: z.string(), externalId: z.string() }).meta({ id: 'Provenance' });

/** One state of a state table. */
export function stateOf<S extends string>(label: string, states: Readonly<Record<S, string>>) {
  const codes = Object.keys(states) as [S, ...S[]];
  return z
    .enum(codes, { error: `不是可选的值|请从 ${codes.map((code) => `${code}（${states[code]}）`).join('、')} 中选择` })
    .meta({ title: label, description: codes.map((code) => `${code}=${states[code]}`).join('；') });
}

/** One action of a state table. */
export function actionOf<A extends string>(
  moves: readonly { readonly action: A; readonly label: string }[],
  without: readonly A[] = [],
) {
  const offered = moves.filter((move) => !without.includes(move.action));
  const codes = [...new Set(offered.map((move) => move.action))] as [A, ...A[]];
  const described = codes.map((code) => `${code}=${offered.find((move) => move.action === code)!.label}`).join('；');
  return z
    .enum(codes, { error: `不是可选的操作|请从 ${codes.join('、')} 中选择` })
    .meta({ title: '操作', description: described });
}
