/**
 * Takes what somebody wrote and did not send out of this browser: whoever logs out leaves nothing of his behind. What is kept for
 * another person stays: he was promised to find it again.
 */
export function forgetDrafts(userId: string): void {
  const own = `qianxian.draft.${userId}.`;
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(own)) localStorage.removeItem(name);
    sessionStorage.clear();
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}
