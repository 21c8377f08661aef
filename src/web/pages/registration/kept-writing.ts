const place = 'qianxian.registration';

/** What somebody wrote into the form of a registration, for as long as this tab is open; never a password. */
export function keptWriting(): Record<string, unknown> | null {
  try {
    return JSON.parse(sessionStorage.getItem(place) ?? 'null') as Record<string, unknown> | null;
  } catch {
    return null;
  }
}

export function keepWritten(values: Readonly<Record<string, unknown>> | null): void {
  try {
    if (values === null) sessionStorage.removeItem(place);
    else {
      const { 'applicant.password': _, again: __, proof: ___, ...rest } = values;
      sessionStorage.setItem(place, JSON.stringify(rest));
    }
  } catch {
    // A browser that keeps nothing still sends what is on the page.
  }
}
