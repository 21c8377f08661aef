import { Alert } from 'antd';

/** What is unusual and worth another look. */
export function Remarks({ remarks }: { readonly remarks: readonly string[] }) {
  if (remarks.length === 0) return null;
  return (
    <Alert
      className="holiday-remarks"
      type="warning"
      showIcon
      title="请再核对一遍"
      description={
        <ul className="problem-list">
          {remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      }
    />
  );
}
