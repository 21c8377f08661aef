const browsers: readonly (readonly [RegExp, string])[] = [
  [/MicroMessenger/, '微信'],
  [/DingTalk/, '钉钉'],
  [/Edg(?:e|A|iOS)?\//, 'Edge'],
  [/Firefox|FxiOS/, 'Firefox'],
  [/Chrome|CriOS/, 'Chrome'],
  [/Safari/, 'Safari'],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/HarmonyOS|OpenHarmony/, '鸿蒙'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS/, 'Mac'],
  [/Linux/, 'Linux'],
];
const first = (rows: typeof browsers, text: string): string | undefined =>
  rows.find(([pattern]) => pattern.test(text))?.[1];

/** What people call the device of a login: `Chrome，Windows`; what the browser said of itself where it is none of the known ones. */
export function deviceName(agent: string): string {
  const names = [first(browsers, agent), first(systems, agent)].filter((name) => name !== undefined);
  return names.length > 0 ? names.join('，') : agent || '未知设备';
}
