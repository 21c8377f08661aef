import { QuestionCircleOutlined, UnorderedListOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Drawer, Segmented, Select, Skeleton } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link, useNavigate, useNavigationType, useParams, useSearchParams } from 'react-router';
import type { DocketView } from '../../../http/contract/dockets.ts';
import { call, isProblem } from '../../api/client.ts';
import { usePreferences } from '../../app/preferences.ts';
import { useSession } from '../../app/session.tsx';
import { useCodes } from '../../parts/codes.ts';
import { KeyHelp } from '../../parts/key-help.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { dayAfter, momentOf, today, weekName, weekSpan } from '../../parts/times.ts';
import { useKeys } from '../../parts/use-keys.ts';
import { BatchBar } from './batch-bar.tsx';
import { BatchDialog } from './batch-dialog.tsx';
import { CloseDialog } from './close-dialog.tsx';
import { ClosedDecision } from './closed-decision.tsx';
import { ConflictDialog } from './conflict-dialog.tsx';
import { CorrectionDialog } from './correction-dialog.tsx';
import {
  type DocketItem,
  isLive,
  isOpenItem,
  isUnconfirmed,
  itemsThatCount,
  type MarkInput,
  markNames,
  nextOpen,
} from './docket-items.ts';
import { DocketList } from './docket-list.tsx';
import { deferChoices, MarkBar, type Panel } from './mark-bar.tsx';
import { NoDocket } from './no-docket.tsx';
import { PairDetail, pairQuery } from './pair-detail.tsx';
import { docketKey, useMarking } from './use-marking.ts';
import { useWatchers } from './use-watchers.ts';
import './review.css';

type Show = 'all' | 'open' | 'marked' | 'second';
const shows: readonly Show[] = ['all', 'open', 'marked', 'second'];
const showing: Readonly<Record<Show, (item: DocketItem) => boolean>> = {
  all: () => true,
  open: isOpenItem,
  marked: (item) => item.mark !== null,
  second: isUnconfirmed,
};

/** How long after somebody did something the marks of others are asked for by the clock. */
const livelyMs = 2 * 60_000;

/** The week's docket: the list on the left, one pair on the right, a mark for each. Week and pair stand in the address. */
export function ReviewDesk() {
  const { week: wanted = 'current', pairId } = useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const lively = useRef(Date.now());

  // `current` is looked up once; from then on the address names the week, so that it can be sent to a colleague.
  const current = useQuery({
    queryKey: ['newest-docket'],
    queryFn: async () => {
      const docket = await call('GET /api/v1/dockets/{week}', { params: { week: 'current' } });
      client.setQueryData(docketKey(docket.week), docket);
      return docket.week;
    },
    enabled: wanted === 'current',
    gcTime: 0,
    staleTime: 0,
  });
  useEffect(() => {
    if (wanted !== 'current' || !current.data) return;
    const pair = pairId === undefined ? '' : `/${encodeURIComponent(pairId)}`;
    void navigate(`/review/${current.data}${pair}`, { replace: true });
  }, [wanted, current.data, pairId, navigate]);

  const docket = useQuery({
    queryKey: docketKey(wanted),
    queryFn: () => call('GET /api/v1/dockets/{week}', { params: { week: wanted } }),
    enabled: wanted !== 'current',
    // A request that nobody caused would keep an idle session alive.
    refetchInterval: () => (Date.now() - lively.current < livelyMs ? 20_000 : false),
  });
  usePageTitle(wanted === 'current' ? '每周审核' : `${weekName(wanted)}审核`);

  const error = current.error ?? docket.error;
  if (isProblem(error, 404) || isProblem(error, 422)) return <NoDocket week={wanted} words={error.message} />;
  if (error && !docket.data) {
    return (
      <div className="page">
        <ProblemAlert error={error} onRetry={() => void (wanted === 'current' ? current : docket).refetch()} />
      </div>
    );
  }
  if (!docket.data) return <ReviewSkeleton />;
  return (
    <LoadedDocket
      key={docket.data.week}
      docket={docket.data}
      pairId={pairId}
      onActivity={() => {
        lively.current = Date.now();
      }}
    />
  );
}

const keyRows = [
  ['J 或 ↓', '下一对'],
  ['K 或 ↑', '上一对'],
  ['1', '通过；待复核的对为复核通过'],
  ['2，再按数字', '不通过，数字是原因'],
  ['3，再按数字', '暂缓，数字是到哪一天'],
  ['4', '请补充：写好问题，Ctrl+Enter 确定'],
  ['U', '撤销刚才的标记，或刚才的批量标记'],
  ['X', '选择这一对，用来批量标记；Shift+单击选一段'],
  ['B', '批量标记所选的对'],
  ['Esc', '取消选择'],
  ['?', '打开这个说明'],
] as const;

function ReviewSkeleton() {
  return (
    <div className="review" aria-busy="true">
      <div className="review-head">
        <Skeleton.Input active />
      </div>
      <div className="review-body">
        <div className="review-list">
          <Skeleton active title={false} paragraph={{ rows: 10 }} />
        </div>
        <div className="review-pair">
          <Skeleton active paragraph={{ rows: 12 }} />
        </div>
      </div>
    </div>
  );
}

function LoadedDocket({
  docket,
  pairId,
  onActivity,
}: {
  readonly docket: DocketView;
  readonly pairId: string | undefined;
  readonly onActivity: () => void;
}) {
  const { week } = docket;
  const items = useMemo(() => itemsThatCount(docket), [docket]);
  const navigate = useNavigate();
  const client = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const { keys } = usePreferences();
  const codes = useCodes();
  const marking = useMarking(week);
  const [panel, setPanel] = useState<Panel>(null);
  const [help, setHelp] = useState(false);
  const [closing, setClosing] = useState(false);
  const [listOpen, setListOpen] = useState(false);
  const [said, setSaid] = useState('');
  const pane = useRef<HTMLDivElement>(null);
  const { message } = App.useApp();
  const { session } = useSession();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [batching, setBatching] = useState(false);
  const [correcting, setCorrecting] = useState(false);
  const [dismissed, setDismissed] = useState<string>();
  const anchor = useRef<string>(undefined);

  const show = shows.find((one) => one === search.get('show')) ?? 'all';
  const visible = useMemo(() => items.filter(showing[show]), [items, show]);
  // Where one is, at once; the address follows. Two quick keys must not both act on the pair before.
  const [cursor, setCursor] = useState(pairId);
  const moved = useNavigationType();
  useEffect(() => {
    if (moved !== 'REPLACE' && pairId !== undefined) setCursor(pairId);
  }, [moved, pairId]);
  const chosen = items.find((item) => item.pairId === cursor) ?? items.find(isOpenItem) ?? items[0];
  const live = items.filter(isLive);
  const marked = live.filter((item) => item.mark !== null).length;
  const open = docket.state === 'open';

  const go = (item: DocketItem) => {
    onActivity();
    setPanel(null);
    setListOpen(false);
    setCursor(item.pairId);
    void navigate(
      { pathname: `/review/${week}/${encodeURIComponent(item.pairId)}`, search: search.toString() },
      { replace: true, preventScrollReset: true },
    );
  };

  // The pair itself belongs into the address too, and the next ones are fetched before they are wanted.
  const chosenId = chosen?.pairId;
  useEffect(() => {
    if (chosenId !== undefined && pairId === undefined) {
      void navigate(
        { pathname: `/review/${week}/${encodeURIComponent(chosenId)}`, search: search.toString() },
        { replace: true, preventScrollReset: true },
      );
    }
  }, [chosenId, pairId, week, navigate, search]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another pair is the occasion, a changed mark is none
  useEffect(() => {
    if (chosenId === undefined) return;
    pane.current?.scrollTo({ top: 0 });
    if (window.matchMedia('(max-width: 760px)').matches) window.scrollTo({ top: 0 });
    const at = items.findIndex((item) => item.pairId === chosenId);
    for (const item of items.slice(at + 1, at + 4)) void client.prefetchQuery(pairQuery(item.pairId));
  }, [chosenId]);

  const pair = useQuery({ ...pairQuery(chosenId ?? ''), enabled: chosenId !== undefined });
  const watchers = useWatchers(week, chosenId, open);
  const others = watchers.filter((one) => one.pairId === chosenId).map(({ name }) => name);
  const missing = pair.data?.match.assessment.explanation.missing ?? [];

  const step = (by: 1 | -1) => {
    const list = visible.length > 0 ? visible : items;
    const at = list.findIndex((item) => item.pairId === chosenId);
    const next = list[at < 0 ? 0 : at + by];
    if (next) go(next);
  };
  const waiting = items.filter(isUnconfirmed);
  const me = session?.user.id;
  const agree = async (item: DocketItem) => {
    onActivity();
    setPanel(null);
    const at = items.findIndex((one) => one.pairId === item.pairId);
    const next = [...items.slice(at + 1), ...items.slice(0, at)].find(
      (one) => isUnconfirmed(one) && one.mark?.by !== me,
    );
    try {
      await marking.agree(item.pairId);
      void message.success(`第 ${item.place} 对已复核通过`);
      if (next) go(next);
    } catch (error) {
      void message.error(error instanceof Error ? error.message : '没有复核，请重试');
    }
  };
  const mark = (given: MarkInput) => {
    if (!chosen || !open || !isLive(chosen)) return;
    // 通过 once more is to agree where it waits for that; whoever said it first cannot.
    if (given.kind === 'accept' && isUnconfirmed(chosen)) {
      if (chosen.mark?.by === me) void message.info('这一对的“通过”是您自己标记的，须由另一位工作人员复核');
      else void agree(chosen);
      return;
    }
    onActivity();
    const next = nextOpen(items, chosen.pairId);
    marking.mark(chosen.pairId, given);
    setPanel(null);
    setSaid(next ? '' : '这一期的每一对都有标记了，可以关闭本周清单');
    if (next) go(next);
  };
  const undoBatch = async (batchId: string) => {
    try {
      const answer = await call('POST /api/v1/dockets/{week}/batches/{batchId}/undo', { params: { week, batchId } });
      marking.took(answer, 'undone');
      void message.success(
        `已撤销批量标记 ${answer.done} 对${answer.left > 0 ? `，${answer.left} 对此后又改过，保持现在的标记` : ''}`,
      );
    } catch (error) {
      void message.error(error instanceof Error ? error.message : '没有撤销，请重试');
    }
  };
  const undo = () => {
    if (!open) return;
    onActivity();
    setPanel(null);
    const undone = marking.undo();
    if (undone === undefined) {
      if (chosen?.mark) marking.unmark(chosen.pairId);
      return;
    }
    if ('batchId' in undone) {
      void undoBatch(undone.batchId);
      return;
    }
    const item = items.find((one) => one.pairId === undone.pairId);
    if (item) go(item);
  };
  const select = (item: DocketItem, range: boolean) => {
    const from = visible.findIndex((one) => one.pairId === anchor.current);
    const to = visible.findIndex((one) => one.pairId === item.pairId);
    const next = new Set(selected);
    if (range && from >= 0 && to >= 0) {
      for (const one of visible.slice(Math.min(from, to), Math.max(from, to) + 1))
        if (isLive(one)) next.add(one.pairId);
    } else if (isLive(item) && !next.delete(item.pairId)) next.add(item.pairId);
    anchor.current = item.pairId;
    setSelected(next);
  };
  const together = items.filter((item) => selected.has(item.pairId) && isLive(item));
  const lastBatch = docket.batches?.at(-1);
  const ownBatch = open && lastBatch && !lastBatch.undone && lastBatch.by === session?.user.id ? lastBatch : undefined;

  useKeys((code, event) => {
    if (event.key === '?' || event.key === '？') {
      setHelp(true);
      return true;
    }
    if (code === 'Escape') {
      if (panel) setPanel(null);
      else if (selected.size > 0) setSelected(new Set());
      else return false;
      return true;
    }
    const digit = /^Digit(\d)$/.exec(code)?.[1];
    if (panel === 'reject' && digit !== undefined) {
      const reason = codes.table('rejectionReasons')[(Number(digit) + 9) % 10];
      if (reason && !event.repeat) {
        mark({ kind: 'reject', reason: reason.code as Extract<MarkInput, { kind: 'reject' }>['reason'] });
      }
      return true;
    }
    if (panel === 'defer' && digit !== undefined) {
      const choice = deferChoices[Number(digit) - 1];
      if (choice && !event.repeat) mark({ kind: 'defer', until: dayAfter(today(), choice.days) });
      else if (digit === '5') document.getElementById('defer-day')?.focus();
      return true;
    }
    switch (code) {
      case 'KeyJ':
      case 'ArrowDown':
        step(1);
        return true;
      case 'KeyK':
      case 'ArrowUp':
        step(-1);
        return true;
    }
    if (!open || event.repeat || event.shiftKey) return false;
    switch (code) {
      case 'KeyU':
        undo();
        return true;
      case 'KeyX':
        if (chosen) select(chosen, false);
        return true;
      case 'KeyB':
        if (together.length > 0) setBatching(true);
        return true;
      case 'Digit1':
        mark({ kind: 'accept' });
        return true;
      case 'Digit2':
      case 'Digit3':
      case 'Digit4':
        if (chosen && isLive(chosen)) setPanel(code === 'Digit2' ? 'reject' : code === 'Digit3' ? 'defer' : 'ask');
        return true;
    }
    return false;
  }, keys);

  const list = (
    <>
      <Segmented
        block
        size="small"
        value={show}
        aria-label="显示哪些对"
        options={[
          { value: 'all', label: `全部 ${items.length}` },
          { value: 'open', label: `未标记 ${items.filter(isOpenItem).length}` },
          { value: 'marked', label: `已标记 ${items.filter((item) => item.mark).length}` },
          ...(items.some((item) => item.reviewTwice) ? [{ value: 'second', label: `待复核 ${waiting.length}` }] : []),
        ]}
        onChange={(value) =>
          setSearch(value === 'all' ? {} : { show: value as Show }, { replace: true, preventScrollReset: true })
        }
      />
      {open ? (
        <BatchBar
          items={items}
          chosen={chosen}
          selected={new Set(together.map(({ pairId: one }) => one))}
          onSelect={(pairIds) => setSelected(new Set(pairIds))}
          onMark={() => setBatching(true)}
        />
      ) : null}
      <DocketList
        items={visible}
        chosen={chosenId}
        onChoose={go}
        watchers={watchers}
        {...(open ? { selection: { pairIds: selected, onSelect: select } } : {})}
      />
    </>
  );

  return (
    <div className="review">
      <div className="review-head">
        <div className="review-title">
          <h1>{weekName(week)}清单</h1>
          <span className="quiet only-wide">{weekSpan(week)}</span>
          <WeekChoice week={week} />
        </div>
        <div
          className="review-progress"
          role="progressbar"
          aria-label="本周进度"
          aria-valuemin={0}
          aria-valuemax={live.length}
          aria-valuenow={marked}
          aria-valuetext={`已标记 ${marked} 对，共 ${live.length} 对`}
        >
          <span>
            本周 <strong>{marked}</strong>/{live.length}
          </span>
          <svg className="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect width="100" height="6" className="bar-all" />
            <rect width={live.length === 0 ? 0 : (100 * marked) / live.length} height="6" className="bar-done" />
          </svg>
          <span className="quiet saving">
            {marking.pending > 0 ? `正在保存 ${marking.pending}` : open ? '已保存' : ''}
          </span>
        </div>
        <div className="review-tools no-print">
          <Button className="only-phone" icon={<UnorderedListOutlined aria-hidden />} onClick={() => setListOpen(true)}>
            清单
          </Button>
          <Button
            className="only-wide"
            icon={<QuestionCircleOutlined aria-hidden />}
            onClick={() => setHelp(true)}
            aria-label="键盘操作说明"
          >
            键盘 <kbd>?</kbd>
          </Button>
          <Link className="review-minutes" to={`/review/${week}/minutes`}>
            会议纪要
          </Link>
          {open ? (
            <Button type="primary" onClick={() => setClosing(true)}>
              关闭本周清单
            </Button>
          ) : (
            <span className="tag accent">
              已由{docket.closed?.byName}于 {docket.closed ? momentOf(docket.closed.at) : ''} 关闭
            </span>
          )}
        </div>
      </div>

      {marking.failures.map((failure) => {
        const item = items.find((one) => one.pairId === failure.pairId);
        return (
          <Alert
            key={failure.pairId}
            className="review-failure"
            type="error"
            showIcon
            title={`第 ${item?.place ?? ''} 对的标记没有保存：${failure.error instanceof Error ? failure.error.message : ''}`}
            action={<Button onClick={() => marking.retry(failure)}>重试</Button>}
          />
        );
      })}
      {ownBatch && ownBatch.id !== dismissed ? (
        <Alert
          className="review-failure"
          type="info"
          showIcon
          closable={{ onClose: () => setDismissed(ownBatch.id), 'aria-label': '不再提示' }}
          title={`您在 ${momentOf(ownBatch.at)} 把 ${ownBatch.pairs.length} 对批量标记为“${markNames[ownBatch.kind]}”`}
          action={
            <Button size="small" onClick={() => void undoBatch(ownBatch.id)}>
              撤销这一批
            </Button>
          }
        />
      ) : null}
      {docket.needsToAnswer.some((need) => !need.answered) ? (
        <Alert
          className="review-failure"
          type="warning"
          showIcon
          title={`${docket.needsToAnswer.filter((need) => !need.answered).length} 项需求四周内没有合适成果，关闭清单前请答复`}
        />
      ) : null}
      <div className="only-read" aria-live="polite">
        {said}
      </div>

      <div className="review-body">
        <nav className="review-list only-wide no-print" aria-label="清单">
          {list}
        </nav>
        <Drawer open={listOpen} placement="left" size={340} title="清单" onClose={() => setListOpen(false)}>
          <div className="review-list in-drawer">{list}</div>
        </Drawer>
        {chosen ? (
          <section className="review-pair" ref={pane} aria-label="审核">
            <div className="pair-place">
              <span>
                第 {chosen.place} 对，共 {items.length} 对
              </span>
              <span className="watchers no-print" aria-live="polite">
                {others.length > 0 ? `${others.join('、')} 也在看这一对` : ''}
              </span>
              <span className="pair-steps no-print">
                <Button size="small" disabled={items[0]?.pairId === chosenId} onClick={() => step(-1)}>
                  上一对
                </Button>
                <Button size="small" disabled={items.at(-1)?.pairId === chosenId} onClick={() => step(1)}>
                  下一对
                </Button>
              </span>
            </div>
            {said !== '' && open && marked === live.length ? (
              <Alert
                className="all-marked"
                type="success"
                showIcon
                title={said}
                action={
                  <Button type="primary" onClick={() => setClosing(true)}>
                    关闭本周清单
                  </Button>
                }
              />
            ) : null}
            <PairDetail item={chosen} />
            {open && isLive(chosen) ? (
              <MarkBar
                item={chosen}
                panel={panel}
                missing={missing}
                canUndo={marking.canUndo()}
                onPanel={setPanel}
                onMark={mark}
                second={isUnconfirmed(chosen) ? (chosen.mark?.by === me ? 'mine' : 'theirs') : null}
                onUnmark={undo}
              />
            ) : null}
            {!open && isLive(chosen) ? (
              <ClosedDecision week={week} item={chosen} pair={pair.data} onCorrect={() => setCorrecting(true)} />
            ) : null}
          </section>
        ) : null}
      </div>

      <KeyHelp
        open={help}
        rows={keyRows}
        note="标记后自动到下一个没有标记的对。清单关闭以前都可以改，关闭时才生效。"
        onClose={() => setHelp(false)}
      />
      {closing ? <CloseDialog week={week} settled={marking.settled} onClose={() => setClosing(false)} /> : null}
      {batching ? (
        <BatchDialog
          week={week}
          pairs={together}
          settled={marking.settled}
          onDone={(answer) => {
            onActivity();
            marking.took(answer, 'marked');
            setSelected(new Set());
            // The next pair that waits is what one looks at next; what the batch marked is behind.
            const taken = new Set(answer.results.filter(({ done }) => done).map((one) => one.pairId));
            const at = items.findLastIndex((item) => taken.has(item.pairId));
            const rest = at < 0 ? [] : [...items.slice(at + 1), ...items.slice(0, at)];
            const next = rest.find((item) => isOpenItem(item) && !taken.has(item.pairId));
            if (next) go(next);
            if (answer.left === 0) void message.success(`已标记 ${answer.done} 对，按 U 整批撤销`);
          }}
          onClose={() => setBatching(false)}
        />
      ) : null}
      {correcting && chosen?.mark ? (
        <CorrectionDialog week={week} item={chosen} before={chosen.mark} onClose={() => setCorrecting(false)} />
      ) : null}
      {marking.conflicts[0] ? (
        <ConflictDialog
          conflict={marking.conflicts[0]}
          onResolve={(keep) => marking.resolve(marking.conflicts[0]!, keep)}
        />
      ) : null}
    </div>
  );
}

/** Earlier weeks. */
function WeekChoice({ week }: { readonly week: string }) {
  const navigate = useNavigate();
  const { data } = useQuery({
    queryKey: ['dockets'],
    queryFn: () => call('GET /api/v1/dockets', { query: { limit: 60 } }),
    staleTime: 60_000,
  });
  const others = data?.items ?? [];
  if (others.length < 2) return null;
  return (
    <Select
      className="no-print"
      size="small"
      value={week}
      aria-label="换一周"
      popupMatchSelectWidth={false}
      options={others.map((one) => ({
        value: one.week,
        label: `${weekName(one.week)}（${one.state === 'open' ? `${one.marked}/${one.pairs}` : '已关闭'}）`,
      }))}
      onChange={(value) => void navigate(`/review/${value}`)}
    />
  );
}
