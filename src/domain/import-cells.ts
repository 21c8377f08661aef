import { type CodeRow, codeOf } from './codes/table.ts';
import type { FieldIssue } from './errors.ts';
import type { ImportField } from './import-fields.ts';
import type { Binding, ImportTransform } from './import-mapping.ts';

/** What a cell gives: the value for the record's schema (undefined where nothing is written) and what is wrong with it. */
export interface CellReading {
  readonly value: unknown;
  readonly issues: readonly FieldIssue[];
  /** What was written, as one text; kept where an archive cannot take the value. */
  readonly original: string;
}

const defaultSeparators = '、，,;；|\n\r';
const spreadsheetError = /^#(REF!|N\/A|VALUE!|DIV\/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)$/;
const roundedIdentifier = /^\d(?:\.\d+)?E\+?\d{2}$/i;
const noNumber = new Set(['面议', '待定', '无', '不详', '未定', '-', '—', '/', '不限']);

/** A written value as one text; lists are joined by a Chinese comma. */
export function writtenText(written: unknown): string {
  if (written === undefined || written === null) return '';
  if (typeof written === 'string') return written;
  if (typeof written === 'number' || typeof written === 'boolean') return String(written);
  if (Array.isArray(written)) return written.map(writtenText).join('、');
  return JSON.stringify(written);
}

function isEmpty(written: unknown): boolean {
  if (written === undefined || written === null) return true;
  if (typeof written === 'string') return written.trim() === '';
  return Array.isArray(written) && written.every(isEmpty);
}

function transformed(written: unknown, transforms: readonly ImportTransform[]): unknown {
  let value = written;
  for (const transform of transforms) {
    switch (transform) {
      case 'collapseSpaces':
        if (typeof value === 'string') value = value.replace(/\s+/g, ' ').trim();
        break;
      case 'stripTags':
        if (typeof value === 'string') {
          value = value
            .replace(/<(br|\/p|\/div|\/li)\s*\/?>/gi, '\n')
            .replace(/<\/?[a-z][^<>]*>/gi, '')
            .replace(/&nbsp;/g, ' ')
            .replace(/&lt;/g, '<')
            .replace(/&gt;/g, '>')
            .replace(/&amp;/g, '&');
        }
        break;
      case 'year': {
        const match = /(?<!\d)(?:19|20|21)\d{2}(?!\d)/.exec(writtenText(value).normalize('NFKC'));
        if (match) value = Number(match[0]);
        break;
      }
      case 'yuanToWan': {
        const amount = numberOf(writtenText(value).normalize('NFKC').replace(/元$/, ''));
        if (amount !== undefined) value = Number((amount / 10_000).toFixed(4));
        break;
      }
    }
  }
  return value;
}

function numberOf(text: string): number | undefined {
  const plain = text.replace(/[\s,]/g, '');
  if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d{1,3})?$/i.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

/** The items of a written list. A comma between two digits parts nothing (1,3-丁二烯). */
export function splitList(text: string, separators: string = defaultSeparators): string[] {
  const characters = [...text];
  const items: string[] = [];
  let item = '';
  for (const [index, character] of characters.entries()) {
    const inNumber =
      (character === ',' || character === '，') &&
      /\d/.test(characters[index - 1] ?? '') &&
      /\d/.test(characters[index + 1] ?? '');
    if (separators.includes(character) && !inNumber) {
      items.push(item);
      item = '';
    } else item += character;
  }
  items.push(item);
  return items.map((one) => one.trim()).filter((one) => one !== '');
}

/**
 * The codes of a written list. Labels may hold separators themselves (畜牧、兽医科学): the longest run of pieces
 * that is a label wins.
 */
export function splitCodes(
  table: readonly CodeRow[],
  text: string,
  separators: string = defaultSeparators,
  values: Binding['values'] = new Map(),
): { readonly codes: string[]; readonly unknown: string[] } {
  const pieces: { text: string; start: number; end: number }[] = [];
  let start = 0;
  for (let index = 0; index <= text.length; index++) {
    if (index < text.length && !separators.includes(text[index]!)) continue;
    if (text.slice(start, index).trim() !== '')
      pieces.push({ text: text.slice(start, index).trim(), start, end: index });
    start = index + 1;
  }
  const codes: string[] = [];
  const unknown: string[] = [];
  // No label of the tables has more than six pieces; without the bound a long list would be looked up n² times.
  const longest = 6;
  for (let from = 0; from < pieces.length; ) {
    let to = Math.min(pieces.length, from + longest) - 1;
    let code: string | undefined;
    for (; to >= from; to--) {
      code = lookUp(table, text.slice(pieces[from]!.start, pieces[to]!.end).trim(), values);
      if (code !== undefined) break;
    }
    if (code === undefined) {
      unknown.push(pieces[from]!.text);
      from++;
    } else {
      if (!codes.includes(code)) codes.push(code);
      from = to + 1;
    }
  }
  return { codes, unknown };
}

function lookUp(table: readonly CodeRow[], written: string, values: Binding['values']): string | undefined {
  const meant = values.get(written);
  return codeOf(table, meant === undefined ? written : String(meant));
}

function offered(table: readonly CodeRow[]): string {
  const labels = table.map((row) => row.label);
  return labels.length > 12 ? `${labels.slice(0, 12).join('、')}等` : labels.join('、');
}

/**
 * The kind of patent that a Chinese application number states: four digits of the year, then 1 or 8 发明, 2 or 9 实用新型,
 * 3 外观设计 (ZC 0006-2003, 专利申请号标准).
 */
export function patentTypeOfNumber(number: string): 'invention' | 'utility' | 'design' | undefined {
  const match = /^(?:ZL|CN)?(?:19|20)\d{2}([12389])\d{7}(?:\.?[\dX])?$/i.exec(number.replace(/\s/g, ''));
  switch (match?.[1]) {
    case '1':
    case '8':
      return 'invention';
    case '2':
    case '9':
      return 'utility';
    case '3':
      return 'design';
    default:
      return undefined;
  }
}

/** Reads what a row holds for a binding. Never throws; what cannot be read is an issue with the mend. */
export function readCell(binding: Binding, cell: unknown): CellReading {
  const { field } = binding;
  let written = cell;
  if (isEmpty(written)) written = binding.constant;
  if (isEmpty(written)) return { value: undefined, issues: [], original: '' };
  const original = writtenText(written).trim();
  const issues: FieldIssue[] = [];
  const fault = (reason: string, mend: string, path = field.path) =>
    issues.push({ field: path, label: field.label, reason, mend });
  const shown = original.length > 40 ? `${original.slice(0, 40)}…` : original;
  if (spreadsheetError.test(original)) {
    fault(`单元格是错误值“${original}”`, '请在表格中改正公式，或直接填写内容');
    return { value: undefined, issues, original };
  }
  written = transformed(written, binding.transforms);
  if (typeof written === 'string' && field.shape !== 'texts' && field.shape !== 'codes') {
    const meant = binding.values.get(written.trim());
    if (meant !== undefined) written = meant;
  }
  return { value: readValue(binding, written, shown, fault), issues, original };
}

type Fault = (reason: string, mend: string, path?: string) => void;

function readValue(binding: Binding, written: unknown, shown: string, fault: Fault): unknown {
  const { field } = binding;
  switch (field.shape) {
    case 'text':
      return textOf(field, written, shown, fault);
    case 'number': {
      if (typeof written === 'number') return written;
      const text = writtenText(written).normalize('NFKC').trim();
      if (noNumber.has(text)) return undefined;
      const value = numberOf(text.replace(/(万元|万|年|级)$/, ''));
      if (value === undefined) {
        if (/元$/.test(text)) fault(`“${shown}”的单位是元`, `请换算成万元，只填数字`);
        else fault(`“${shown}”不是数字`, `请把${field.label}填写为数字，不带单位和文字`);
      }
      return value;
    }
    case 'flag': {
      if (typeof written === 'boolean') return written;
      const text = writtenText(written).normalize('NFKC').trim().toLowerCase();
      if (['是', '1', 'true', 'yes', 'y', '√', '对'].includes(text)) return true;
      if (['否', '0', 'false', 'no', 'n', '×', '不', '不是'].includes(text)) return false;
      fault(`“${shown}”既不是“是”也不是“否”`, '请填写是或否');
      return undefined;
    }
    case 'code': {
      const code = codeOf(field.table, writtenText(written));
      if (code === undefined) fault(`没有“${shown}”这个选项`, `请从下列中选择${field.label}：${offered(field.table)}`);
      return code;
    }
    case 'codes': {
      const codes: string[] = [];
      for (const part of Array.isArray(written) ? written : [written]) {
        const found = splitCodes(field.table, writtenText(part), binding.separators, binding.values);
        for (const code of found.codes) if (!codes.includes(code)) codes.push(code);
        for (const one of found.unknown) {
          fault(
            `没有“${one.length > 40 ? `${one.slice(0, 40)}…` : one}”这个选项`,
            `请从下列中选择${field.label}：${offered(field.table)}`,
          );
        }
      }
      return codes.length > 0 ? codes : undefined;
    }
    case 'texts': {
      const items: string[] = [];
      for (const part of Array.isArray(written) ? written : splitList(writtenText(written), binding.separators)) {
        if (typeof part === 'object' && part !== null) {
          fault('列表中有不是文字的项', `请把${field.label}写成用“、”分开的文字`);
          continue;
        }
        const text = writtenText(part).trim();
        const meant = binding.values.get(text);
        const item = meant === undefined ? text : String(meant);
        if (item !== '' && !items.includes(item)) items.push(item);
      }
      return items.length > 0 ? items : undefined;
    }
    case 'patents':
      return patentsOf(field, written, fault);
  }
}

function textOf(field: ImportField, written: unknown, shown: string, fault: Fault): string | undefined {
  if (typeof written === 'object' && written !== null) {
    fault('应是文字', `请把${field.label}填写为文字`);
    return undefined;
  }
  const text = writtenText(written);
  if (field.identifier) {
    const rounded = typeof written === 'number' && !Number.isSafeInteger(written) && Math.abs(written) >= 1e11;
    if (rounded || roundedIdentifier.test(text.trim())) {
      fault(
        `“${shown}”是被表格软件改成科学计数的数字，原来的数字已经丢失`,
        '请把这一列的单元格格式改为“文本”，再重新填写完整的内容',
      );
      return undefined;
    }
  }
  return text;
}

function patentsOf(field: ImportField, written: unknown, fault: Fault): unknown {
  const patents: { number: string; type: string }[] = [];
  const parts = Array.isArray(written) ? written : splitList(writtenText(written), '；;、，,\n\r|');
  for (const [index, part] of parts.entries()) {
    const path = `${field.path}.${index}`;
    let number: string;
    let typeText: string;
    if (typeof part === 'object' && part !== null) {
      const given = part as Record<string, unknown>;
      number = writtenText(Object.hasOwn(given, 'number') ? given.number : undefined).trim();
      typeText = writtenText(Object.hasOwn(given, 'type') ? given.type : undefined).trim();
    } else {
      const text = writtenText(part).normalize('NFKC');
      typeText = /发明专利|实用新型(?:专利)?|外观设计(?:专利)?|发明|实用|外观/.exec(text)?.[0] ?? '';
      number = text
        .replace(typeText, '')
        .replace(/专利号/, '')
        .replace(/[()[\]:：\s]/g, '');
    }
    const short = typeText.slice(0, 2);
    const type =
      codeOf(field.table, typeText) ??
      field.table.find((row) => short !== '' && row.label.startsWith(short))?.code ??
      (typeText === '' ? patentTypeOfNumber(number) : undefined);
    if (number === '') fault('没有专利号', '请填写专利号和类型，例如 ZL202010000000.0 发明专利', path);
    else if (type === undefined) {
      fault(`看不出专利“${number.slice(0, 40)}”的类型`, `请在专利号后注明类型：${offered(field.table)}`, path);
    } else if (!patents.some((one) => one.number === number)) patents.push({ number, type });
  }
  return patents.length > 0 ? patents : undefined;
}
