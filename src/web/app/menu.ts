import type { SessionView } from '../../http/contract/session.ts';
import { isBureau } from './session.tsx';

export interface MenuItem {
  readonly to: string;
  readonly label: string;
}

/** What stands in the head of every page, by who looks at it. */
export function menuFor(session: SessionView | null | undefined): readonly MenuItem[] {
  // Until its organisation is approved an account is for nothing but the registration.
  if (session?.awaitsApproval) return [{ to: '/registration', label: '我的机构登记' }];
  if (!isBureau(session))
    return [
      { to: '/', label: '首页' },
      { to: '/search', label: '需求与成果' },
      // What strangers have none of is not offered to them.
      ...(session
        ? [
            { to: '/my/needs', label: '我的需求' },
            { to: '/my/achievements', label: '我的成果' },
            { to: '/invitations', label: '邀请' },
            { to: '/partnerships', label: '合作项目' },
          ]
        : []),
      // Whoever has little room in the head finds it under 更多.
      ...(session
        ? []
        : [
            { to: '/campaigns', label: '需求征集' },
            { to: '/policies', label: '政策通知' },
          ]),
    ];
  return [
    { to: '/desk', label: '工作台' },
    { to: '/intake', label: '受理' },
    { to: '/review', label: '每周审核' },
    { to: '/search', label: '需求与成果' },
    { to: '/partnerships', label: '合作项目' },
  ];
}

/** What the bureau needs less often: behind 更多 in the head, in the list of the phone. */
export function moreFor(session: SessionView | null | undefined): readonly MenuItem[] {
  if (session?.awaitsApproval) return [];
  if (!isBureau(session)) {
    return session
      ? [
          { to: '/call-requests', label: '收到的征集' },
          { to: '/agreements', label: '战略合作协议' },
          { to: '/joint-bodies', label: '共建机构' },
          { to: '/campaigns', label: '需求征集' },
          { to: '/policies', label: '政策通知' },
        ]
      : [];
  }
  return [
    { to: '/answers', label: '答复' },
    { to: '/invitations', label: '邀请' },
    { to: '/calls', label: '成果征集' },
    { to: '/campaigns', label: '需求征集' },
    { to: '/policies', label: '政策通知' },
    { to: '/agreements', label: '战略合作协议' },
    { to: '/joint-bodies', label: '共建机构' },
    { to: '/imports', label: '导入' },
    { to: '/entering', label: '代填' },
    { to: '/organisations', label: '机构' },
    { to: '/accounts', label: '账号' },
    { to: '/holidays', label: '放假与调休' },
    { to: '/jobs', label: '任务' },
    { to: '/audit', label: '审计' },
  ];
}
