const kinds = ['invitation', 'reset', 'address'] as const;
/** What a link in a mail about an account is for. */
export type AccountLinkKind = (typeof kinds)[number];

/** Reads `#/KIND/TOKEN`: what stands behind the `#` reaches no server and no log. Undefined where it is something else. */
export function accountLinkOf(hash: string): { readonly kind: AccountLinkKind; readonly token: string } | undefined {
  const [, name, token] = /^#\/(\w+)\/([\w-]+)$/.exec(hash) ?? [];
  const kind = kinds.find((one) => one === name);
  return kind && token ? { kind, token } : undefined;
}
