/** Takes what was written and not sent out of this browser: whoever logs out leaves nothing of his behind. */
export function forgetDrafts(): void {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith('qianxian.draft.')) localStorage.removeItem(name);
    sessionStorage.clear();
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}
