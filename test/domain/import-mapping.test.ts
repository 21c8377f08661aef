import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { z } from 'zod';
import { QianxianError } from '../../src/domain/errors.ts';
import {
  draftSchemaOf,
  type ImportKind,
  importFieldOf,
  importFields,
  importKinds,
  plainHeading,
  readTemplateTitle,
  templateTitle,
  templateVersion,
} from '../../src/domain/import-fields.ts';
import { checkImportMapping, parseImportMapping, resolveMapping } from '../../src/domain/import-mapping.ts';

const kinds = importKinds.map((row) => row.code);

function failure(run: () => unknown): QianxianError {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(QianxianError);
    return error as QianxianError;
  }
  throw new Error('nothing was thrown');
}

/** Dotted paths of all leaves of a draft schema. */
function leaves(schema: z.ZodType, path = ''): string[] {
  if (schema instanceof z.ZodOptional) return leaves(schema.unwrap() as z.ZodType, path);
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([key, child]) =>
      leaves(child, path ? `${path}.${key}` : key),
    );
  }
  return [path];
}

describe('import fields', () => {
  for (const kind of kinds) {
    it(`cover every field of ${kind} and name no other`, () => {
      const named = importFields(kind)
        .map((field) => field.path)
        .filter((path) => path !== 'externalId' && path !== 'organisation');
      expect(named).to.have.members(leaves(draftSchemaOf(kind)));
    });

    it(`have a Chinese label each for ${kind}, and no heading means two fields`, () => {
      const headings = new Map<string, string>();
      for (const field of importFields(kind)) {
        expect(field.label, field.path).to.match(/\p{Script=Han}/u);
        for (const heading of [field.label, field.path, ...field.aliases]) {
          const known = headings.get(plainHeading(heading));
          expect(known === undefined || known === field.path, `${heading}: ${known} and ${field.path}`).to.equal(true);
          headings.set(plainHeading(heading), field.path);
          expect(importFieldOf(kind, heading)?.path, heading).to.equal(field.path);
        }
        if (['code', 'codes', 'patents'].includes(field.shape)) expect(field.table, field.path).to.not.be.empty;
      }
    });
  }

  it('compare headings by what they say, not how they are typed', () => {
    expect(importFieldOf('need', ' 拟投入资金(万元) *')?.path).to.equal('budgetWan');
    expect(importFieldOf('need', '需 求 名 称＊')?.path).to.equal('title');
    expect(importFieldOf('achievement', '技术成熟度（ｔｒｌ）')?.path).to.equal('trl');
    expect(importFieldOf('need', '__proto__')).to.equal(undefined);
    expect(importFieldOf('need', '')).to.equal(undefined);
  });

  it('read the title of a template back', () => {
    for (const kind of kinds) {
      expect(readTemplateTitle(templateTitle(kind))).to.deep.equal({ kind, version: templateVersion });
    }
    expect(readTemplateTitle('需求名称')).to.equal(undefined);
    expect(readTemplateTitle('牵线导入模板：别的 第7版')).to.deep.equal({ kind: undefined, version: 7 });
  });
});

describe('a mapping file', () => {
  it('binds columns by path or label, columns compared as headings are', () => {
    const mapping = parseImportMapping(
      '\uFEFF{"kind":"need","about":"x","fields":{"title":"名 称","主要问题":{"column":"难题"},"activityType":{"constant":"试验发展"}}}',
    );
    const { bindings, ignoredColumns } = resolveMapping('need', mapping, ['名称', '难题', '备注']);
    expect(bindings.map(({ field, column, constant }) => [field.path, column, constant])).to.deep.equal([
      ['title', '名称', undefined],
      ['problem', '难题', undefined],
      ['activityType', null, '试验发展'],
    ]);
    expect(ignoredColumns).to.deep.equal(['备注']);
  });

  it('names the column that the file lacks, and lists what it has', () => {
    const error = failure(() => resolveMapping('need', { fields: { title: '标题' } }, ['名称', '难题']));
    expect(error.code).to.equal('invalid');
    expect(error.issues[0]?.reason).to.contain('标题');
    expect(error.issues[0]?.mend).to.contain('名称、难题');
  });

  it('does without an optional column, and falls back on its constant', () => {
    const { bindings } = resolveMapping(
      'achievement',
      {
        fields: {
          title: '名称',
          disciplines: { column: '学科', optional: true },
          achievementType: { column: '类型', optional: true, constant: '论文' },
        },
      },
      ['名称'],
    );
    expect(bindings.map((binding) => binding.field.path)).to.deep.equal(['title', 'achievementType']);
  });

  it('names what a written value stands for where there is no such choice', () => {
    const rule = { column: '形式', values: { 发明: '专利', 软著: '软著登记' } };
    const error = failure(() => resolveMapping('achievement', { fields: { achievementType: rule } }, ['形式']));
    expect(error.issues[0]?.field).to.equal('fields.achievementType.values');
    expect(error.issues[0]?.reason).to.contain('软著登记');
    expect(error.issues[0]?.mend).to.contain('软件著作权');
  });

  it('names an unknown field, a field given twice and another kind, all at once', () => {
    const error = failure(() =>
      resolveMapping('need', { kind: 'achievement', fields: { abstract: 'a', title: 'a', 需求名称: 'b' } }, ['a', 'b']),
    );
    expect(error.issues.map((issue) => issue.field)).to.deep.equal(['kind', 'fields.abstract', 'fields.需求名称']);
  });

  for (const [why, text, code, words] of [
    ['no JSON', '{"fields":', 'malformed', 'JSON'],
    ['a list', '[]', 'invalid', 'fields'],
    ['no fields', '{"kind":"need"}', 'invalid', 'fields'],
    ['empty fields', '{"fields":{}}', 'invalid', '一个字段也没有'],
    ['an unknown key', '{"fields":{"title":"a"},"colums":1}', 'invalid', 'colums'],
    ['an unknown kind', '{"kind":"firm","fields":{"title":"a"}}', 'invalid', 'kind'],
    ['about that is no text', '{"about":1,"fields":{"title":"a"}}', 'invalid', 'about'],
    ['an unknown part of a rule', '{"fields":{"title":{"column":"a","trim":true}}}', 'invalid', 'trim'],
    ['an unknown transform', '{"fields":{"title":{"column":"a","transform":["shout"]}}}', 'invalid', 'transform'],
    ['a rule without column and constant', '{"fields":{"title":{"optional":true}}}', 'invalid', 'column'],
    ['a rule that is a number', '{"fields":{"title":7}}', 'invalid', 'title'],
    ['a rule for __proto__', '{"fields":{"__proto__":{"column":1}}}', 'invalid', '__proto__'],
  ] as const) {
    it(`with ${why} is refused with the key`, () => {
      const error = failure(() => parseImportMapping(text));
      expect(error.code).to.equal(code);
      const said = [error.message, ...error.issues.map((issue) => `${issue.field}${issue.reason}${issue.mend}`)].join();
      expect(said).to.contain(words);
    });
  }

  it('does not touch prototypes', () => {
    const mapping = checkImportMapping(JSON.parse('{"fields":{"title":"a","constructor":{"column":"a"}}}'));
    const error = failure(() => resolveMapping('need', mapping, ['a']));
    expect(error.issues[0]?.field).to.equal('fields.constructor');
    expect(({} as Record<string, unknown>).column).to.equal(undefined);
  });

  const folder = new URL('../../mappings/', import.meta.url);
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.json'))) {
    it(`${name}, which is shipped, is sound`, () => {
      const mapping = parseImportMapping(readFileSync(new URL(name, folder), 'utf8'));
      const columns = Object.values(mapping.fields).flatMap((rule) =>
        typeof rule === 'string' ? [rule] : rule.column === undefined ? [] : [rule.column],
      );
      const { bindings } = resolveMapping(mapping.kind as ImportKind, mapping, columns);
      expect(bindings).to.have.length(Object.keys(mapping.fields).length);
    });
  }
});

describe('without a mapping', () => {
  it('headings are labels, other names or paths, and strangers are told', () => {
    const { bindings, ignoredColumns } = resolveMapping('need', undefined, [
      '需求名称*',
      'problem',
      '关键词',
      '备注',
      '',
    ]);
    expect(bindings.map((binding) => binding.field.path)).to.deep.equal(['title', 'problem', 'keywords']);
    expect(ignoredColumns).to.deep.equal(['备注', '']);
  });

  it('two columns for one field are refused', () => {
    const error = failure(() => resolveMapping('need', undefined, ['需求名称', '标题']));
    expect(error.issues[0]?.reason).to.contain('需求名称').and.contain('标题');
  });

  it('a file whose headings are all strange is refused with what it has', () => {
    const error = failure(() => resolveMapping('achievement', undefined, ['编号', '鎴愭灉']));
    expect(error.code).to.equal('invalid');
    expect(error.issues[0]?.reason).to.contain('鎴愭灉');
  });
});
