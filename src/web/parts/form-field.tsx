import { Form, type FormItemProps } from 'antd';

/** A field of a form, which `goToField` finds. */
export function FormField({ name, ...rest }: FormItemProps & { readonly name: string }) {
  return (
    <div data-field={name}>
      <Form.Item name={name} {...rest} />
    </div>
  );
}

/** Moves to a field of a form and puts the focus into it, whatever it is made of. */
export function goToField(name: string): void {
  const place = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`);
  if (!place) return;
  // Sections that are folded are opened on the way.
  for (let fold = place.closest('details'); fold; fold = fold.parentElement?.closest('details') ?? null)
    fold.open = true;
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  place.scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' });
  place
    .querySelector<HTMLElement>('input:not([type=hidden]):not([hidden]), textarea, select, button')
    ?.focus({ preventScroll: true });
}
