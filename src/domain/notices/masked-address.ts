/** A mail address or telephone number as it may be kept and shown: enough to recognise one's own. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@');
  if (at > 0) return `${[...address][0]}***${address.slice(at)}`;
  return address.length < 7 ? '***' : `${address.slice(0, 3)}****${address.slice(-4)}`;
}
