import type { Answer } from '../../api/client.ts';

export type RegistrationState = Answer<'GET /api/v1/registrations/own'>['state'];

const steps = [
  { name: '填写', what: '机构信息、证明文件、您的账号' },
  { name: '科技局核对', what: '对照证明文件；有问题会退回并说明' },
  { name: '通过', what: '结果发到您的信箱，从此可以发布需求和成果' },
] as const;

/** What happens to a registration, and where it is now. */
export function RegistrationWay({ state }: { readonly state: 'form' | RegistrationState }) {
  const now = state === 'form' || state === 'returned' ? 0 : state === 'submitted' ? 1 : 2;
  return (
    <ol className="registration-way">
      {steps.map(({ name, what }, index) => (
        <li
          key={name}
          className={index < now ? 'done' : index === now ? 'now' : undefined}
          {...(index === now ? { 'aria-current': 'step' } : {})}
        >
          <strong>
            {index + 1}. {name}
          </strong>
          <span>{what}</span>
        </li>
      ))}
    </ol>
  );
}
