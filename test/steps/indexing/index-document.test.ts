import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { EntryState } from '../../../src/domain/entry.ts';
import {
  type IndexableEntry,
  indexDocument,
  indexedTexts,
  indexShape,
} from '../../../src/steps/indexing/index-document.ts';
import { achievementEntry, needEntry, organisationRecord, stored } from './entry-fixtures.ts';

const contact = { name: '联系甲', phone: '0518-12345678', mobile: '13800000000', email: 'kontakt@example.com' };
const organisation = stored(
  organisationRecord('o1', {
    name: '某某钢铁有限公司',
    type: 'enterprise',
    region: '赣榆区',
    email: 'o@example.com',
    contact,
  }),
);

/** A need and an achievement with every field filled in. */
const fullNeed = needEntry(
  'n1',
  {
    title: '题目',
    startYear: 2026,
    endYear: 2028,
    problem: '问题',
    keyTechnology: '关键',
    goal: '目标',
    keywords: ['词一', '词二'],
    budgetWan: 80.5,
    solutionModes: ['commissioned', 'transfer'],
    intendedPartner: '意向单位',
    activityType: 'applied',
    disciplines: ['110'],
    fields: ['materials', 'energy'],
    industry: 'C',
    background: '基础',
    description: '描述',
    contact,
    visibility: 'members',
    hideOrganisation: false,
    secrecy: 'open',
  },
  'published',
  'o1',
);
const fullAchievement = achievementEntry(
  'a1',
  {
    title: '成果',
    abstract: '摘要',
    achievementType: 'process',
    keywords: ['词'],
    fields: ['materials'],
    disciplines: ['110'],
    industry: 'C',
    scenario: '场景',
    trl: 6,
    maturityNote: '说明',
    stage: 'mature',
    ipStatus: 'granted',
    patents: [{ number: 'ZL202310000000.1', type: 'invention' }],
    cooperationModes: ['licence'],
    priceMinWan: 10,
    priceMaxWan: 50,
    transferStage: 'listed',
    team: '某教授团队',
    level: 'nation-leading',
    registrationNumber: '登记号九九',
    novelty: 'original',
    advantage: '优势',
    costComparison: '成本',
    licensedScope: '许可',
    contact,
    visibility: 'public',
    secrecy: 'open',
  },
  'published',
  'o1',
);
const need = (given: object = {}, state: EntryState = 'published'): IndexableEntry => ({
  kind: 'need',
  entry: stored(needEntry('n1', { ...fullNeed.content, ...given }, state, 'o1'), 4),
  organisation,
});
const achievement = (given: object = {}, state: EntryState = 'published'): IndexableEntry => ({
  kind: 'achievement',
  entry: stored(achievementEntry('a1', { ...fullAchievement.content, ...given }, state, 'o1'), 2),
  organisation,
});
const made = (item: IndexableEntry) => {
  const texts = indexedTexts(item)!;
  return indexDocument(item, Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, [text]])))!;
};

describe('indexDocument', () => {
  it('holds of a full need what is searched, filtered and sorted', () => {
    expect(made(need())).to.deep.equal({
      kind: 'need',
      id: 'n1',
      version: 4,
      title: '题目',
      fields: {
        title: ['题目'],
        problem: ['问题'],
        keyTechnology: ['关键'],
        goal: ['目标'],
        keywords: ['词一；词二'],
        background: ['基础'],
        description: ['描述'],
        organisation: ['某某钢铁有限公司'],
      },
      facets: {
        field: ['materials', 'energy'],
        industry: ['C'],
        discipline: ['110'],
        mode: ['commissioned', 'transfer'],
        activityType: ['applied'],
        organisation: ['o1'],
        shownOrganisation: ['o1'],
        organisationType: ['enterprise'],
        region: ['赣榆区'],
        state: ['published'],
        archive: ['no'],
      },
      numbers: {
        budgetWan: 80.5,
        publishedAt: Date.parse('2026-11-20T02:00:00.000Z'),
        updatedAt: Date.parse('2026-11-21T02:00:00.000Z'),
      },
      audience: 'members',
    });
  });

  it('holds of a full achievement what is searched, filtered and sorted', () => {
    const { fields, facets, numbers, audience } = made(achievement());
    expect(Object.keys(fields)).to.deep.equal([
      'title',
      'abstract',
      'keywords',
      'scenario',
      'advantage',
      'organisation',
    ]);
    expect(facets).to.include.keys(indexShape.achievement.facets);
    expect(facets).to.deep.include({
      mode: ['licence'],
      achievementType: ['process'],
      stage: ['mature'],
      trlBand: ['4-6'],
      ipStatus: ['granted'],
      level: ['nation-leading'],
    });
    expect(numbers).to.deep.include({ trl: 6, priceMinWan: 10, priceMaxWan: 50 });
    expect(audience).to.equal('public');
  });

  it('never holds a contact, a team, a patent or who is meant as partner', () => {
    for (const item of [need(), achievement()]) {
      const text = JSON.stringify(made(item));
      for (const secret of [...Object.values(contact), '某教授', 'ZL2023', '意向单位', 'o@example.com', '登记号']) {
        expect(text, `${item.kind} ${secret}`).not.to.include(secret);
      }
    }
  });

  it('does not tell the name of an enterprise that hides it, but keeps the record findable for its own people', () => {
    const hidden = made(need({ hideOrganisation: true }));
    expect(JSON.stringify(hidden)).not.to.include('某某钢铁');
    expect(hidden.facets.shownOrganisation).to.deep.equal([]);
    expect(hidden.facets.organisation).to.deep.equal(['o1']);
  });

  it('takes the published version, not the working copy', () => {
    const item = need();
    const edited = { ...item, entry: { ...item.entry, content: { title: '改过的题目' } } } as IndexableEntry;
    expect(made(edited).title).to.equal('题目');
    expect(JSON.stringify(made(edited))).not.to.include('改过的');
  });

  it('gives archived records to the bureau, whatever their visibility says', () => {
    const archived = made(achievement({ visibility: 'public' }, 'archived'));
    expect(archived.audience).to.equal('bureau');
    expect(archived.facets).to.deep.include({ archive: ['yes'], state: ['archived'] });
    expect(archived.numbers).not.to.have.property('publishedAt');
  });

  it('counts silence about visibility as 登录可见', () => {
    expect(made(achievement({ visibility: undefined })).audience).to.equal('members');
  });

  it('makes nothing of records that are neither published nor archived', () => {
    for (const state of ['draft', 'submitted', 'returned', 'withdrawn', 'expired'] as const) {
      for (const item of [need({}, state), achievement({}, state)]) {
        expect(indexedTexts(item), state).to.equal(undefined);
        expect(indexDocument(item, {}), state).to.equal(undefined);
      }
    }
  });

  it('takes a record of which almost nothing is known', () => {
    const bare: IndexableEntry = {
      kind: 'achievement',
      entry: stored(achievementEntry('a', {}, 'archived')),
      organisation: undefined,
    };
    const document = made(bare);
    expect(document).to.include({ title: '', audience: 'bureau' });
    expect(document.fields).to.deep.equal({});
    expect(document.facets.organisation).to.deep.equal([]);
  });

  it('puts every TRL into its band', () => {
    const bands = [1, 3, 4, 6, 7, 9].map((trl) => made(achievement({ trl })).facets.trlBand![0]);
    expect(bands).to.deep.equal(['1-3', '1-3', '4-6', '4-6', '7-9', '7-9']);
  });
});

describe('the mappings for Elasticsearch', () => {
  interface Mapping {
    readonly dynamic: string | boolean;
    readonly properties: Record<string, { readonly type?: string; readonly analyzer?: string } & Partial<Mapping>>;
  }
  for (const [kind, item] of [
    ['need', need()],
    ['achievement', achievement()],
  ] as const) {
    it(`name exactly what an index document of a full ${kind} holds`, async () => {
      const file = await readFile(new URL(`../../../index-mappings/${kind}.json`, import.meta.url), 'utf8');
      const { mappings } = JSON.parse(file) as { mappings: Mapping };
      const document = made(item);
      expect(Object.keys(mappings.properties).sort()).to.deep.equal([
        'audience',
        'facets',
        'id',
        'impacts',
        'lengths',
        'numbers',
        'removed',
        'removedAt',
        'suggest',
        'title',
        'titleLength',
        'version',
        'words',
      ]);
      expect(mappings.dynamic).to.equal('strict');
      expect(mappings.properties.words).to.include({ type: 'text', analyzer: 'whitespace' });
      for (const [part, of] of [
        ['lengths', 'fields'],
        ['facets', 'facets'],
        ['numbers', 'numbers'],
      ] as const) {
        const mapped = mappings.properties[part] as Mapping;
        expect(mapped.dynamic, part).to.equal('strict');
        expect(Object.keys(mapped.properties).sort(), part).to.deep.equal(Object.keys(document[of]).sort());
        expect([...indexShape[kind][of]].sort(), part).to.deep.equal(Object.keys(document[of]).sort());
      }
      const typesOf = (part: string) => Object.values((mappings.properties[part] as Mapping).properties);
      for (const { type } of typesOf('lengths')) expect(type).to.equal('integer');
      for (const { type } of typesOf('facets')) expect(type).to.equal('keyword');
      for (const { type } of typesOf('numbers')) expect(type).to.be.oneOf(['long', 'double']);
    });
  }
});
