import {
  type ImportField,
  type ImportKind,
  importDemandOf,
  importFields,
  noteMark,
  templateTitle,
} from '../../domain/import-fields.ts';
import type { TemplateColumn } from './xlsx-workbook.ts';

/** Rows that get dropdowns and formats; more may be filled in. */
const templateRows = 2000;

const longTexts = new Set([
  'problem',
  'keyTechnology',
  'goal',
  'background',
  'abstract',
  'profile',
  'scenario',
  'advantage',
]);

const demandLabels = { required: '必填', 'one of several': '二者填一', optional: '选填' } as const;

function columnOf(field: ImportField): TemplateColumn {
  const required = importDemandOf(field) !== 'optional';
  return {
    heading: required ? `${field.label}*` : field.label,
    note: `${noteMark}${field.hint === '' ? '选填' : field.hint}`,
    required,
    asText: field.identifier,
    choices:
      field.shape === 'flag' ? ['是', '否'] : field.shape === 'patents' ? [] : field.table.map((row) => row.label),
    several: field.shape === 'codes',
    width: longTexts.has(field.path) ? 40 : Math.max(12, field.label.length * 2 + 4),
  };
}

/**
 * The spreadsheet that people fill in: one column a field with a heading, a note and, for lists of choices, a dropdown.
 * Filled in, it imports without a mapping. The same program gives the same file.
 */
export async function importTemplate(kind: ImportKind): Promise<Uint8Array> {
  // 原始描述 is where an archive keeps what fits nowhere; nobody is asked to fill it in.
  const fields = importFields(kind).filter((field) => field.path !== 'description');
  const { writeTemplate } = await import('./xlsx-workbook.ts');
  return writeTemplate({
    title: templateTitle(kind),
    columns: fields.map(columnOf),
    rows: templateRows,
    guide: [
      ['栏目', '是否必填', '说明', '可选的值'],
      ...fields.map((field) => [
        field.label,
        demandLabels[importDemandOf(field)],
        field.hint,
        field.shape === 'flag' ? '是、否' : field.table.map((row) => row.label).join('；'),
      ]),
    ],
  });
}
