import type { IParagraphOptions, Paragraph as ParagraphType, Table as TableType } from 'docx';
import type { MinutesPair, MinutesView } from '../../domain/minutes-view.ts';

/**
 * The minutes as a Word file, in the form of a bureau's paper (GB/T 9704): A4, margins 37/35/28/26 mm, title in 小标宋 of
 * size 二号, text in 仿宋 of size 三号 on lines of 28 points, first headings in 黑体, page number below. Fonts are named, not
 * embedded: where 方正小标宋 is missing Word takes the next one that it has.
 */
const fonts = { title: '方正小标宋简体', heading: '黑体', body: '仿宋_GB2312', digits: 'Times New Roman' } as const;
/** Half points. */
const sizes = { title: 44, body: 32, table: 21, foot: 28 } as const;
/** Twentieths of a point. */
const line = 28 * 20;
const indent = 2 * 16 * 20;
const millimetre = 56.7;
/** Width of the text: 210 − 28 − 26 mm. */
const width = Math.round(156 * millimetre);

type Column = readonly [heading: string, share: number, cell: (pair: MinutesPair) => string];

const sidesOf: readonly Column[] = [
  ['序号', 8, (pair) => String(pair.place)],
  ['需求', 27, (pair) => pair.needTitle],
  ['企业', 20, (pair) => pair.needOrganisation],
  ['成果', 27, (pair) => pair.achievementTitle],
  ['单位', 18, (pair) => pair.achievementOrganisation],
];
const withLevel: readonly Column[] = [
  ['序号', 8, (pair) => String(pair.place)],
  ['需求', 25, (pair) => pair.needTitle],
  ['企业', 19, (pair) => pair.needOrganisation],
  ['成果', 25, (pair) => pair.achievementTitle],
  ['单位', 14, (pair) => pair.achievementOrganisation],
  ['等级', 9, (pair) => pair.level],
];

/** The file's bytes. The library is heavy, so it is fetched when the first file is wanted. */
export async function minutesFile(minutes: MinutesView): Promise<Uint8Array> {
  const docx = await import('docx');
  const { AlignmentType, BorderStyle, Document, Footer, LineRuleType, Packer, PageNumber, Paragraph } = docx;
  const { Table, TableCell, TableLayoutType, TableRow, TextRun, VerticalAlign, WidthType } = docx;

  const run = (text: string, font: string, size: number, bold = false) =>
    new TextRun({
      text,
      size,
      bold,
      font: { ascii: fonts.digits, hAnsi: fonts.digits, cs: fonts.digits, eastAsia: font },
    });
  const paragraph = (options: IParagraphOptions): ParagraphType =>
    new Paragraph({ spacing: { line, lineRule: LineRuleType.EXACT }, ...options });
  const body = (text: string) =>
    paragraph({ indent: { firstLine: indent }, children: [run(text, fonts.body, sizes.body)] });
  const labelled = (label: string, text: string) =>
    paragraph({
      indent: { firstLine: indent },
      children: [run(`${label}：`, fonts.heading, sizes.body), run(text, fonts.body, sizes.body)],
    });
  let headings = 0;
  const heading = (text: string) => {
    headings += 1;
    return paragraph({
      heading: docx.HeadingLevel.HEADING_1,
      keepNext: true,
      indent: { firstLine: indent },
      children: [run(`${'一二三四五六七八九十'[headings - 1]}、${text}`, fonts.heading, sizes.body)],
    });
  };

  const cell = (text: string, share: number, options: { readonly head?: boolean; readonly span?: number } = {}) =>
    new TableCell({
      width: { size: Math.round((width * share) / 100), type: WidthType.DXA },
      verticalAlign: VerticalAlign.CENTER,
      margins: { top: 40, bottom: 40, left: 80, right: 80 },
      ...(options.span === undefined ? {} : { columnSpan: options.span }),
      children: [
        new Paragraph({
          alignment: options.head ? AlignmentType.CENTER : AlignmentType.LEFT,
          children: [run(text, options.head ? fonts.heading : fonts.body, sizes.table)],
        }),
      ],
    });
  const edge = { style: BorderStyle.SINGLE, size: 4, color: '000000' } as const;
  const row = (children: InstanceType<typeof TableCell>[], head = false) =>
    new TableRow({ cantSplit: true, tableHeader: head, children });
  /** A line of its columns for each pair, and below it, over the whole width, what there is to say of it. */
  const table = <P extends MinutesPair>(
    columns: readonly Column[],
    pairs: readonly P[],
    below: (pair: P) => string,
  ): TableType =>
    new Table({
      width: { size: width, type: WidthType.DXA },
      columnWidths: columns.map(([, share]) => Math.round((width * share) / 100)),
      layout: TableLayoutType.FIXED,
      borders: { top: edge, bottom: edge, left: edge, right: edge, insideHorizontal: edge, insideVertical: edge },
      rows: [
        row(
          columns.map(([text, share]) => cell(text, share, { head: true })),
          true,
        ),
        ...pairs.flatMap((pair) => {
          const said = below(pair);
          return [
            row(columns.map(([, share, of]) => cell(of(pair), share))),
            ...(said === '' ? [] : [row([cell(said, 100, { span: columns.length })])]),
          ];
        }),
      ],
    });

  const { meeting, accepted, deferred, rejected, asked, unmatched, corrections, next, remarks } = minutes;
  const parts: (ParagraphType | TableType)[] = [];
  if (minutes.draft) {
    parts.push(
      paragraph({
        alignment: AlignmentType.RIGHT,
        children: [run('草稿：清单尚未关闭，数字会变', fonts.heading, sizes.foot)],
      }),
    );
  }
  parts.push(
    new Paragraph({
      heading: docx.HeadingLevel.TITLE,
      alignment: AlignmentType.CENTER,
      spacing: { before: 240, after: 60 },
      children: [run(minutes.title, fonts.title, sizes.title)],
    }),
    paragraph({
      alignment: AlignmentType.CENTER,
      spacing: { line, lineRule: LineRuleType.EXACT, after: 320 },
      children: [run(`${minutes.issue}（${minutes.span}）`, '楷体_GB2312', sizes.body)],
    }),
    labelled('时间', minutes.heldAt ?? '（未填写）'),
    labelled('地点', meeting?.place ?? '（未填写）'),
    labelled('主持', meeting?.chair ?? '（未填写）'),
    labelled('参会', minutes.attendees.join('、') || '（未填写）'),
    labelled('记录', meeting?.recorder ?? '（未填写）'),
    labelled('议题', minutes.topics),
  );
  parts.push(heading('审核结果'), ...minutes.summary.map(body));
  if (accepted.length > 0) {
    parts.push(
      heading(`通过（${accepted.length}对）`),
      table(withLevel, accepted, ({ ground }) => (ground === '' ? '' : `理由：${ground}`)),
    );
  }
  if (deferred.length > 0) {
    parts.push(
      heading(`暂缓（${deferred.length}对）`),
      table(sidesOf, deferred, ({ until, ground }) => `${until}起再议${ground === '' ? '' : `。${ground}`}`),
    );
  }
  if (rejected.length > 0) {
    parts.push(heading(`不通过（${minutes.figures.reject}对）`));
    for (const [index, { label, pairs }] of rejected.entries()) {
      parts.push(
        paragraph({
          keepNext: true,
          indent: { firstLine: indent },
          children: [run(`（${chineseCount(index + 1)}）${label}${pairs.length}对`, '楷体_GB2312', sizes.body)],
        }),
        table(sidesOf, pairs, ({ ground }) => ground),
      );
    }
  }
  if (asked.length > 0) {
    parts.push(
      heading(`请补充（${asked.length}对）`),
      table(sidesOf, asked, ({ side, question }) => `请${side}补充：${question}`),
    );
  }
  if (unmatched.length > 0) {
    parts.push(heading(`暂无合适成果的需求（${unmatched.length}项）`));
    for (const [index, { title, organisation, answered }] of unmatched.entries()) {
      parts.push(
        body(
          `${index + 1}. ${title}${organisation === '' ? '' : `（${organisation}）`}：${answered ? '已答复' : '待答复'}。`,
        ),
      );
    }
  }
  if (next.length > 0) {
    parts.push(heading('下一步'));
    for (const [index, { what, by }] of next.entries()) {
      parts.push(body(`${index + 1}. ${what}${by === null ? '' : `（${by}）`}。`));
    }
  }
  if (corrections.length > 0) {
    parts.push(heading('会后更正'));
    for (const { place, from, to, reason, on } of corrections) {
      parts.push(body(`${on}，第${place}对由“${from}”更正为“${to}”：${reason}。`));
    }
  }
  if (remarks !== '') parts.push(heading('其他事项'), ...remarks.split('\n').filter(Boolean).map(body));

  const document = new Document({
    title: `${minutes.title}${minutes.issue}`,
    creator: '牵线',
    styles: {
      default: {
        document: { run: { size: sizes.body } },
        title: { run: { color: '000000' } },
        heading1: { run: { color: '000000', bold: false } },
      },
    },
    sections: [
      {
        properties: {
          page: {
            size: { width: Math.round(210 * millimetre), height: Math.round(297 * millimetre) },
            margin: {
              top: Math.round(37 * millimetre),
              bottom: Math.round(35 * millimetre),
              left: Math.round(28 * millimetre),
              right: Math.round(26 * millimetre),
              footer: Math.round(28 * millimetre),
            },
          },
        },
        footers: {
          default: new Footer({
            children: [
              new Paragraph({
                alignment: AlignmentType.CENTER,
                children: [new TextRun({ size: sizes.foot, font: '宋体', children: ['— ', PageNumber.CURRENT, ' —'] })],
              }),
            ],
          }),
        },
        children: parts,
      },
    ],
  });
  return new Uint8Array(await Packer.toBuffer(document));
}

function chineseCount(count: number): string {
  return '一二三四五六七八九十'[count - 1] ?? String(count);
}
