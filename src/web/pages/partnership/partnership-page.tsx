import { PrinterOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Skeleton } from 'antd';
import { Link, useParams } from 'react-router';
import { call, isProblem } from '../../api/client.ts';
import { ForRoles } from '../../app/for-roles.tsx';
import { MissingPage } from '../../app/missing-page.tsx';
import { isBureau, useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { Facts } from '../../parts/facts.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { momentOf } from '../../parts/times.ts';
import { ContactSection } from './contact-section.tsx';
import { FileSection } from './file-section.tsx';
import { LogSection } from './log-section.tsx';
import { MilestoneSection } from './milestone-section.tsx';
import { MoveActions } from './move-form.tsx';
import {
  historyWords,
  insiders,
  type PartnershipView,
  partnershipKey,
  partyOf,
  stateTones,
  stateWords,
  wan,
  way,
} from './partnership-words.ts';
import { ResultSection } from './result-section.tsx';
import './partnership.css';

export function PartnershipPage() {
  return (
    <ForRoles roles={insiders}>
      <LoadedPage />
    </ForRoles>
  );
}

function LoadedPage() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: partnershipKey(id),
    queryFn: () => call('GET /api/v1/partnerships/{id}', { params: { id } }),
  });
  usePageTitle(data?.title);
  if (isProblem(error, 404)) return <MissingPage />;
  return (
    <div className="page partnership">
      <ProblemAlert error={data ? null : error} onRetry={() => void refetch()} />
      {data ? <Partnership key={id} partnership={data} /> : error ? null : <Skeleton active paragraph={{ rows: 12 }} />}
    </div>
  );
}

/** What two organisations do together: where it stands, what comes next, and all that was written down of it. */
function Partnership({ partnership }: { readonly partnership: PartnershipView }) {
  const codes = useCodes();
  const { session } = useSession();
  const bureau = isBureau(session);
  const { state, title, needId, achievementId, invitationId } = partnership;
  return (
    <>
      <div className="page-head">
        <div>
          <div className="partnership-tags">
            <span className={`tag ${stateTones[state]}`}>{codes.label('partnershipStates', state)}</span>
            <span className="tag">{codes.label('partnershipOrigins', partnership.origin)}</span>
          </div>
          <h1>{title}</h1>
          <p className="quiet">
            需求方 {partyOf(partnership, 'need')} · 成果方 {partyOf(partnership, 'achievement')}
          </p>
          <p className="partnership-links no-print">
            {needId ? <Link to={`/needs/${needId}`}>看需求</Link> : null}
            {achievementId ? <Link to={`/achievements/${achievementId}`}>看成果</Link> : null}
            {invitationId ? <Link to={`/invitations/${invitationId}`}>看邀请</Link> : null}
          </p>
        </div>
        <Button className="no-print" icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
          打印
        </Button>
      </div>
      <section className="card partnership-state" aria-label="现在的阶段">
        <ol className="partnership-way">
          {way.map((one) => (
            <li
              key={one}
              className={one === state ? 'now' : way.indexOf(one) < way.indexOf(state) ? 'done' : undefined}
              aria-current={one === state ? 'step' : undefined}
            >
              {codes.label('partnershipStates', one)}
            </li>
          ))}
        </ol>
        <p>{stateWords[state]}</p>
        {bureau ? (
          <MoveActions key={state} partnership={partnership} />
        ) : (
          <p className="quiet">阶段、合同和支付由科技局登记；有变化请记在进展里，或联系科技局。</p>
        )}
      </section>
      <div className="partnership-body">
        <div>
          <LogSection partnership={partnership} />
          <MilestoneSection partnership={partnership} />
          <ResultSection partnership={partnership} />
        </div>
        <aside>
          <ContactSection partnership={partnership} />
          <ContractSection partnership={partnership} />
          <FileSection partnership={partnership} />
          <History partnership={partnership} />
        </aside>
      </div>
    </>
  );
}

function ContractSection({ partnership }: { readonly partnership: PartnershipView }) {
  const codes = useCodes();
  const { contract = {}, begunOn, acceptance, outcome, paid, payments } = partnership;
  const span = contract.from || contract.until ? `${contract.from ?? ''} 至 ${contract.until ?? ''}` : '';
  const lines = [
    { label: '合同类型', text: codes.label('contractTypes', contract.type) },
    { label: '签订日期', text: contract.signedOn ?? '' },
    { label: '买方', text: contract.buyer ?? '' },
    { label: '卖方', text: contract.seller ?? '' },
    { label: '成交额', text: contract.amount === undefined ? '' : wan(contract.amount) },
    { label: '技术交易额', text: contract.technologyAmount === undefined ? '' : wan(contract.technologyAmount) },
    { label: '有效期', text: span },
    { label: '合同登记编号', text: contract.registrationNumber ?? '' },
    { label: '已支付', text: payments.length === 0 ? '' : `${wan(paid)}，${payments.length} 笔` },
    { label: '履约开始日期', text: begunOn ?? '' },
    { label: '验收', text: [acceptance?.on, acceptance?.opinion].filter(Boolean).join('，') },
    { label: '结项', text: [outcome?.on, outcome?.statement].filter(Boolean).join('，') },
  ].filter(({ text }) => text !== '');
  return (
    <section className="card" aria-labelledby="contract-title">
      <h2 id="contract-title">合同和履约</h2>
      {lines.length === 0 ? <p className="quiet">还没有签订合同</p> : <Facts lines={lines} />}
    </section>
  );
}

function History({ partnership }: { readonly partnership: PartnershipView }) {
  const codes = useCodes();
  return (
    <section className="card" aria-labelledby="history-title">
      <h2 id="history-title">经过</h2>
      <ol className="partnership-history">
        {partnership.history.map((line) => (
          <li key={`${line.at}${line.action}${line.reason ?? ''}`}>
            <span className="quiet">{momentOf(line.at)}</span>{' '}
            {historyWords[line.action] ?? codes.label('partnershipStates', line.to)}
            {line.reason ? `：${line.reason}` : ''}
          </li>
        ))}
      </ol>
    </section>
  );
}
