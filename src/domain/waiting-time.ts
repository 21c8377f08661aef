/** How long to wait, as one says it: `40秒`, `25分钟`, `1小时5分钟`. `seconds` is rounded up, and at least one. */
export function waitingTime(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return `${whole}秒`;
  const minutes = Math.ceil(whole / 60);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return `${hours > 0 ? `${hours}小时` : ''}${rest > 0 ? `${rest}分钟` : ''}`;
}
