/**
 * The policy of the pages lets styles in from this service and under the nonce of the document, and nothing else. The component
 * library writes most of its styles with the nonce that it is told, but a few of its parts (the lock of the page behind a
 * dialog) are told none; so every style element gets it when it is made.
 */
export const styleNonce: string = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.nonce ?? '';

export function giveStylesTheNonce(): void {
  const create = document.createElement.bind(document) as (
    name: string,
    options?: ElementCreationOptions,
  ) => HTMLElement;
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (name === 'style' && styleNonce !== '') element.nonce = styleNonce;
    return element;
  }) as typeof document.createElement;
}
