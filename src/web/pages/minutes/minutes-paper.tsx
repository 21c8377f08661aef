import { Fragment, type ReactNode } from 'react';
import type { MinutesView } from '../../../http/contract/minutes.ts';

type Pair = MinutesView['accepted'][number];

const numerals = '一二三四五六七八九十';

/** The minutes as they lie on paper: a bureau's form, A4. */
export function MinutesPaper({ minutes }: { readonly minutes: MinutesView }) {
  const { meeting, figures, accepted, deferred, rejected, asked, unmatched, corrections, next, remarks } = minutes;
  const parts: readonly (readonly [string, ReactNode] | null)[] = [
    ['审核结果', minutes.summary.map((text) => <p key={text}>{text}</p>)],
    accepted.length > 0
      ? [
          `通过（${accepted.length}对）`,
          <Pairs
            key="accepted"
            name="通过的对"
            pairs={accepted}
            level
            below={({ ground }) => (ground === '' ? '' : `理由：${ground}`)}
          />,
        ]
      : null,
    deferred.length > 0
      ? [
          `暂缓（${deferred.length}对）`,
          <Pairs
            key="deferred"
            name="暂缓的对"
            pairs={deferred}
            below={({ until, ground }) => `${until}起再议${ground === '' ? '' : `。${ground}`}`}
          />,
        ]
      : null,
    rejected.length > 0
      ? [
          `不通过（${figures.reject}对）`,
          rejected.map(({ reason, label, pairs }, index) => (
            <Fragment key={reason}>
              <h3>
                （{numerals[index]}）{label}
                {pairs.length}对
              </h3>
              <Pairs name={`不通过：${label}`} pairs={pairs} below={({ ground }) => ground} />
            </Fragment>
          )),
        ]
      : null,
    asked.length > 0
      ? [
          `请补充（${asked.length}对）`,
          <Pairs
            key="asked"
            name="请补充的对"
            pairs={asked}
            below={({ side, question }) => `请${side}补充：${question}`}
          />,
        ]
      : null,
    unmatched.length > 0
      ? [
          `暂无合适成果的需求（${unmatched.length}项）`,
          <ol key="unmatched">
            {unmatched.map(({ title, organisation, answered }) => (
              <li key={`${title}${organisation}`}>
                {title}
                {organisation === '' ? '' : `（${organisation}）`}：{answered ? '已答复' : '待答复'}。
              </li>
            ))}
          </ol>,
        ]
      : null,
    next.length > 0
      ? [
          '下一步',
          <ol key="next">
            {next.map(({ what, by }) => (
              <li key={what + by}>
                {what}
                {by === null ? '' : `（${by}）`}。
              </li>
            ))}
          </ol>,
        ]
      : null,
    corrections.length > 0
      ? [
          '会后更正',
          corrections.map(({ place, from, to, reason, on }) => (
            <p key={`${place}${on}${to}${reason}`}>
              {on}，第{place}对由“{from}”更正为“{to}”：{reason}。
            </p>
          )),
        ]
      : null,
    remarks === '' ? null : ['其他事项', remarks.split('\n').map((text) => <p key={text}>{text}</p>)],
  ];
  return (
    <article className="minutes">
      {minutes.draft ? <p className="minutes-stamp">草稿：清单尚未关闭，数字会变</p> : null}
      <h1>{minutes.title}</h1>
      <p className="minutes-issue">
        {minutes.issue}（{minutes.span}）
      </p>
      <dl className="minutes-head">
        {(
          [
            ['时间', minutes.heldAt],
            ['地点', meeting?.place],
            ['主持', meeting?.chair],
            ['参会', minutes.attendees.join('、')],
            ['记录', meeting?.recorder],
            ['议题', minutes.topics],
          ] as const
        ).map(([label, text]) => (
          <div key={label}>
            <dt>{label}：</dt>
            <dd>{text || <span className="minutes-blank">（未填写）</span>}</dd>
          </div>
        ))}
      </dl>
      {parts
        .filter((part) => part !== null)
        .map(([title, content], index) => (
          <section key={title}>
            <h2>
              {numerals[index]}、{title}
            </h2>
            {content}
          </section>
        ))}
    </article>
  );
}

/** A line for each pair, and below it, over the whole width, what there is to say of it. */
function Pairs<P extends Pair>({
  name,
  pairs,
  level = false,
  below,
}: {
  readonly name: string;
  readonly pairs: readonly P[];
  readonly level?: boolean;
  readonly below: (pair: P) => string;
}) {
  return (
    // A region that can be scrolled is reached by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on a phone
    <section className="minutes-table" aria-label={name} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col" className="minutes-place">
              序号
            </th>
            <th scope="col">需求</th>
            <th scope="col">企业</th>
            <th scope="col">成果</th>
            <th scope="col">单位</th>
            {level ? (
              <th scope="col" className="minutes-level">
                等级
              </th>
            ) : null}
          </tr>
        </thead>
        {pairs.map((pair) => {
          const said = below(pair);
          return (
            <tbody key={pair.pairId}>
              <tr>
                <td className="minutes-place">{pair.place}</td>
                <td>{pair.needTitle}</td>
                <td>{pair.needOrganisation}</td>
                <td>{pair.achievementTitle}</td>
                <td>{pair.achievementOrganisation}</td>
                {level ? <td className="minutes-level">{pair.level}</td> : null}
              </tr>
              {said === '' ? null : (
                <tr>
                  <td colSpan={level ? 6 : 5}>{said}</td>
                </tr>
              )}
            </tbody>
          );
        })}
      </table>
    </section>
  );
}
