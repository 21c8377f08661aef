import { password } from './open-http.ts';
import { organisationOf } from './world.ts';

/** The smallest file that is a PDF by its content. */
export function proofFile(name = '营业执照.pdf'): File {
  return new File(['%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'], name);
}

/** A registration in order, of a login and a credit code made of the number. */
export function registrationOf(
  number: number,
  more: { readonly applicant?: object; readonly organisation?: object; readonly proof?: File } = {},
): FormData {
  const form = new FormData();
  form.set('organisation', JSON.stringify({ ...organisationOf(`登记机构${number}`, number), ...more.organisation }));
  form.set(
    'applicant',
    JSON.stringify({
      login: `applicant${number}`,
      name: '申请人',
      email: `applicant${number}@example.com`,
      password,
      ...more.applicant,
    }),
  );
  form.set('proof', more.proof ?? proofFile());
  return form;
}
