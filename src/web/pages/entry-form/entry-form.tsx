import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Form } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link, useBlocker, useNavigate } from 'react-router';
import { useSession } from '../../app/session.tsx';
import { cleanPaste } from '../../parts/cleaned-paste.ts';
import {
  type Behalf,
  type EntryKind,
  type EntryView,
  enteringPath,
  entryCalls,
  formPath,
  myPath,
} from '../../parts/entry-calls.ts';
import { ErrorSummary } from '../../parts/error-summary.tsx';
import { type FieldError, fieldErrors } from '../../parts/form-errors.ts';
import { goToField } from '../../parts/form-field.tsx';
import { usePageTitle } from '../../parts/page-title.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { RecordFiles } from '../../parts/record-files.tsx';
import { kindNames, recordPath } from '../../parts/suggest-box.tsx';
import { momentOf } from '../../parts/times.ts';
import { AchievementFields } from './achievement-fields.tsx';
import { CallNote } from './call-note.tsx';
import { CampaignChoice } from './campaign-choice.tsx';
import { CheckPanel } from './check-panel.tsx';
import { ConflictChoice } from './conflict-choice.tsx';
import { DraftStatus } from './draft-status.tsx';
import { contentOf, entryNames, labelIn, normalisedContent, valuesOf } from './entry-labels.ts';
import { FormSetterContext } from './form-setter.ts';
import { type FoundCopy, findLocalCopies, newPlace, writeLocalCopy } from './local-copy.ts';
import { NeedFields } from './need-fields.tsx';
import { useDraft } from './use-draft.ts';

const checkAfterMs = 900;

/**
 * The form of a need or an achievement. What is written goes to the service by itself and is looked at there; nothing is lost
 * when the service, the session or the tab ends.
 */
export function EntryForm({
  kind,
  record,
  behalf,
}: {
  readonly kind: EntryKind;
  readonly record: EntryView | null;
  /** Where the bureau writes it for an organisation; of a record that is there, whose it is and who told. */
  readonly behalf?: (Behalf & { readonly organisation: string }) | undefined;
}) {
  const { session } = useSession();
  const userId = session?.user.id ?? '';
  const client = useQueryClient();
  const navigate = useNavigate();
  const { message, modal } = App.useApp();
  const normalised = useMemo(() => normalisedContent(kind), [kind]);
  const labelOf = useMemo(() => labelIn(kind), [kind]);
  const names = useMemo(() => entryNames(kind), [kind]);
  const [form] = Form.useForm<Record<string, unknown>>();
  const [given] = useState(() =>
    behalf ? { organisationId: behalf.organisationId, toldBy: behalf.toldBy } : undefined,
  );
  const { keeper, draft } = useDraft(kind, userId, record, normalised, given);
  const [kept, setKept] = useState<readonly FoundCopy[]>(() => {
    const now = JSON.stringify(record ? normalised(record.content) : {});
    return findLocalCopies(userId, kind, record?.id ?? newPlace(given)).filter(
      ({ content, pending }) => pending || JSON.stringify(normalised(content)) !== now,
    );
  });
  const [left] = kept;
  const [errors, setErrors] = useState<readonly FieldError[]>([]);
  const [rest, setRest] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const [busy, setBusy] = useState(false);
  const sending = useRef(false);
  const [checked, setChecked] = useState('');
  const title = (Form.useWatch('title', form) as string | undefined)?.trim();
  const revises = record?.state === 'published';
  const heading = `${record ? '修改' : behalf ? '代填' : '填写'}${kindNames[kind]}`;
  usePageTitle(title ? `${heading}：${title}` : heading);

  function written(): void {
    keeper.change(contentOf(kind, form.getFieldsValue(true) as Record<string, unknown>));
  }
  function set(name: string, value: unknown): void {
    form.setFieldValue(name, value);
    written();
    void keeper.flush();
  }
  function refill(content: Readonly<Record<string, unknown>>): void {
    const values = valuesOf(kind, content);
    form.setFieldsValue({
      ...Object.fromEntries([...names, 'description'].map((name) => [name, undefined])),
      ...values,
    });
  }

  // The address says which draft this is as soon as it has one, without leaving the form.
  useEffect(() => {
    if (record !== null || draft.id === null) return;
    window.history.replaceState(window.history.state, '', (given ? enteringPath : formPath)(kind, draft.id));
  }, [record, draft.id, kind, given]);

  // What the service says of single fields of a draft, at these.
  useEffect(() => {
    if (draft.phase !== 'refused' || !draft.error) return;
    const found = fieldErrors(draft.error, names, 'content.');
    form.setFields(found.fields.map((one) => ({ name: one.name, errors: [one.text] })));
  }, [draft.phase, draft.error, form, names]);

  // A moment after the last key the service looks at what is written.
  const current = JSON.stringify(keeper.content);
  const [seen, setSeen] = useState(current);
  useEffect(() => keeper.subscribe(() => setSeen(JSON.stringify(keeper.content))), [keeper]);
  useEffect(() => {
    const wait = setTimeout(() => setChecked(seen), checkAfterMs);
    return () => clearTimeout(wait);
  }, [seen]);
  const { data: check } = useQuery({
    queryKey: ['entry-check', kind, draft.id, checked],
    queryFn: ({ signal }) => entryCalls[kind].check(JSON.parse(checked) as Record<string, unknown>, draft.id, signal),
    enabled: checked !== '' && checked !== '{}',
    placeholderData: (before) => before,
    retry: false,
    staleTime: 60_000,
  });

  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => keeper.isDirty && currentLocation.pathname !== nextLocation.pathname,
  );
  const asking = useRef(false);
  useEffect(() => {
    if (blocker.state !== 'blocked' || asking.current) return;
    asking.current = true;
    // Mostly there is just the last word to be sent; who cannot be saved is asked.
    void keeper.flush().then((saved) => {
      if (saved) {
        asking.current = false;
        blocker.proceed();
        return;
      }
      modal.confirm({
        title: '有内容还没有存到服务器',
        content: '离开后，这台设备上会留一份，下次打开这张表时可以恢复。',
        okText: '留下',
        cancelText: '离开',
        onOk: () => {
          asking.current = false;
          blocker.reset();
        },
        onCancel: () => {
          asking.current = false;
          blocker.proceed();
        },
      });
    });
  }, [blocker, keeper, modal]);

  function show(found: readonly FieldError[], left: unknown): void {
    form.setFields(names.map((name) => ({ name, errors: [] as string[] })));
    form.setFields(found.map((one) => ({ name: one.name, errors: [one.text] })));
    setErrors(found);
    setRest(left);
    setAttempt((before) => before + 1);
  }

  async function submit(): Promise<void> {
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    try {
      written();
      const saved = await keeper.flush();
      const { id, version, phase, error } = keeper.state;
      if (id === null && phase === 'empty') {
        show([{ name: 'title', text: `请先填写${labelOf('title')}` }], null);
        return;
      }
      if (!saved || id === null) {
        const found = fieldErrors(error, names, 'content.');
        show(found.fields, phase === 'refused' ? found.rest : error);
        return;
      }
      try {
        await (revises
          ? entryCalls[kind].revise(id, version, 'submit')
          : entryCalls[kind].move(id, version, record?.state === 'archived' ? 'complete' : 'submit'));
      } catch (thrown) {
        const found = fieldErrors(thrown, names, 'content.');
        show(found.fields, found.rest);
        return;
      }
      keeper.finish();
      await Promise.all([
        client.invalidateQueries({ queryKey: ['record', kind] }),
        client.invalidateQueries({ queryKey: ['my-entries', kind] }),
      ]);
      void message.success(
        revises
          ? '修改已提交，批准前仍显示已发布的版本'
          : record?.state === 'archived'
            ? '已转为草稿，可以提交审核'
            : '已提交，科技局审核后发布',
      );
      await navigate(recordPath(kind, id));
    } finally {
      sending.current = false;
      setBusy(false);
    }
  }

  return (
    <FormSetterContext value={set}>
      <div className="page-head">
        <div>
          <h1>{heading}</h1>
          <p className="quiet">
            {revises
              ? '这条记录已经发布：批准修改以前，别人看到的仍是已发布的版本。'
              : '写下的内容自动保存，可以分几次填完，填好再提交。'}
          </p>
        </div>
        {behalf ? <Link to="/entering">代填</Link> : <Link to={myPath(kind)}>我的{kindNames[kind]}</Link>}
      </div>
      {behalf ? (
        <Alert
          className="entry-note"
          type="info"
          showIcon
          title={`代“${behalf.organisation}”填写`}
          description={
            behalf.toldBy
              ? `告知人：${behalf.toldBy}。提交后照常审核；本单位的人登录后看得到，也可以自己改。`
              : '提交后照常审核；本单位的人登录后看得到，也可以自己改。'
          }
        />
      ) : null}
      {record?.returnReason && (record.state === 'returned' || record.revision === 'returned') ? (
        <Alert
          className="entry-note"
          type="warning"
          showIcon
          title="退回的原因"
          description={<p className="wrapped">{record.returnReason}</p>}
        />
      ) : null}
      {record && 'callId' in record && record.callId ? <CallNote callId={record.callId} /> : null}
      {left ? (
        <Alert
          className="entry-note"
          type="info"
          showIcon
          role="alert"
          title={`这台设备上有 ${momentOf(left.at)} 写的、没有存到服务器的内容`}
          description={
            <div className="entry-buttons">
              <Button
                type="primary"
                onClick={() => {
                  setKept(kept.slice(1));
                  // What was written since the form was opened is sent first, so that it is not lost either.
                  void keeper.flush().then(() => {
                    refill(left.content);
                    keeper.restore(left);
                    void keeper.flush();
                  });
                }}
              >
                恢复这些内容
              </Button>
              <Button
                onClick={() => {
                  writeLocalCopy(left.slot, null);
                  setKept(kept.slice(1));
                }}
              >
                不要了
              </Button>
            </div>
          }
        />
      ) : null}
      <Form
        form={form}
        name="entry"
        layout="vertical"
        requiredMark={false}
        scrollToFirstError={false}
        initialValues={record ? valuesOf(kind, record.content) : {}}
        onValuesChange={written}
        onPaste={cleanPaste}
        onBlur={() => void keeper.tick()}
      >
        <ErrorSummary errors={errors} labelOf={labelOf} attempt={attempt} />
        <ProblemAlert error={rest} focus />
        <div className="entry-body">
          <div className="entry-main">
            {kind === 'need' ? <CampaignChoice record={record} keeper={keeper} draftId={draft.id} /> : null}
            {kind === 'need' ? <NeedFields check={check} /> : <AchievementFields check={check} />}
            <RecordFiles
              kind={kind}
              id={draft.id}
              editable
              idOf={async () => {
                await keeper.flush();
                if (keeper.state.id === null) goToField('title');
                return keeper.state.id;
              }}
            />
          </div>
          <aside className="entry-side" aria-label="填写情况">
            <CheckPanel kind={kind} check={checked === '{}' ? undefined : check} labelOf={labelOf} />
          </aside>
        </div>
        <div className="entry-bar">
          <DraftStatus draft={draft} onRetry={() => void keeper.flush()} />
          <Button type="primary" size="large" loading={busy} onClick={() => void submit()}>
            {revises ? '提交修改' : record?.state === 'archived' ? '补全，转为草稿' : '提交审核'}
          </Button>
        </div>
      </Form>
      {draft.phase === 'conflict' && draft.theirs ? (
        <ConflictChoice
          base={keeper.baseContent}
          mine={keeper.content}
          theirs={normalised(draft.theirs.content)}
          view={draft.theirs}
          labelOf={labelOf}
          onChoose={(content) => {
            refill(content);
            void keeper.resolve(content);
          }}
        />
      ) : null}
    </FormSetterContext>
  );
}
