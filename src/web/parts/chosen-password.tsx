import { Input } from 'antd';
import { FormField } from './form-field.tsx';

/** A password that somebody chooses, written twice: fields `name` and `again`. */
export function ChosenPassword({ label, name = 'password' }: { readonly label: string; readonly name?: string }) {
  return (
    <>
      <FormField
        name={name}
        label={label}
        extra="至少 10 个字符；几个不相干的词连起来，比一个词加数字更难猜，也更好记"
        rules={[{ required: true, message: `请填写${label}` }]}
      >
        <Input.Password size="large" autoComplete="new-password" maxLength={256} />
      </FormField>
      <FormField
        name="again"
        label={`再写一遍${label}`}
        dependencies={[name]}
        rules={[
          { required: true, message: `请再写一遍${label}` },
          ({ getFieldValue }) => ({
            validator: (_, value) =>
              !value || value === getFieldValue(name)
                ? Promise.resolve()
                : Promise.reject(new Error('两次写的不一样，请重写')),
          }),
        ]}
      >
        <Input.Password size="large" autoComplete="new-password" maxLength={256} />
      </FormField>
    </>
  );
}
