export const minutesKey = (week: string) => ['minutes', week] as const;
