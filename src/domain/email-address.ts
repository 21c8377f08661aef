import { text } from './validation.ts';

/** An address for mail, as people write it. */
export function emailAddress(label: string) {
  return text(label, 100).refine(
    (value) => /^[^\s@<>()[\],;:"\\]{1,64}@[^\s@<>()[\],;:"\\]+\.[^\s@<>()[\],;:"\\]+$/.test(value),
    '格式不对|请填写完整的电子信箱，例如 name@example.com',
  );
}
