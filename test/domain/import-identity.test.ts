import { expect } from 'chai';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { expiryDay } from '../../src/domain/expiry.ts';
import {
  importedId,
  mayBeName,
  namedOrganisationId,
  nameSpellings,
  referredCreditCode,
  rowIdentity,
  sameName,
} from '../../src/domain/import-identity.ts';
import { reportTally } from '../../src/domain/import-report.ts';

describe('the identity of an imported record', () => {
  it('follows from kind, source and external id, each told apart', () => {
    const ids = [
      importedId('need', 'a', 'b'),
      importedId('achievement', 'a', 'b'),
      importedId('need', 'ab', ''),
      importedId('need', 'b', 'a'),
    ];
    expect(new Set(ids)).to.have.property('size', 4);
    expect(importedId('need', 'a', 'b')).to.equal(ids[0]);
  });

  it('of a row without external id is its content, in whatever order', () => {
    expect(rowIdentity({ a: 1, b: [2] })).to.equal(rowIdentity({ b: [2], a: 1 }));
    expect(rowIdentity({ a: '1' })).to.not.equal(rowIdentity({ a: 1 }));
  });

  it('of an organisation known by name does not hang on width or spaces', () => {
    expect(namedOrganisationId('甲厂（北区）')).to.equal(namedOrganisationId(' 甲厂(北区)'));
    expect(namedOrganisationId('甲厂')).to.not.equal(namedOrganisationId('乙厂'));
    expect(nameSpellings('甲厂(北区)')).to.have.members(['甲厂(北区)', '甲厂（北区）']);
    expect(sameName('ＡＢ 公司', 'ab公司')).to.equal(true);
  });

  it('tells credit codes and names from other references', () => {
    expect(referredCreditCode('91350100m000100y43')).to.equal('91350100M000100Y43');
    expect(referredCreditCode('91350100M000100Y44')).to.equal(undefined);
    expect(mayBeName('甲厂')).to.equal(true);
    expect(mayBeName('Acme Materials Ltd')).to.equal(true);
    expect(mayBeName('E-A01')).to.equal(false);
  });
});

describe('canonical JSON', () => {
  it('is equal for equal values, and JSON', () => {
    const value = { b: [1, { y: undefined, x: null }], a: 'é"' };
    expect(canonicalJson(value)).to.equal('{"a":"é\\"","b":[1,{"x":null}]}');
    expect(canonicalJson(undefined)).to.equal('null');
  });
});

describe('the day on which a record lapses', () => {
  it('is two years after for a need, or the end of its last year', () => {
    expect(expiryDay('need', {}, '2026-11-23')).to.equal('2028-11-23');
    expect(expiryDay('need', { endYear: 2027 }, '2026-11-23')).to.equal('2028-01-01');
    expect(expiryDay('need', { endYear: 2040 }, '2026-11-23')).to.equal('2028-11-23');
  });
  it('is three years after for an achievement', () => {
    expect(expiryDay('achievement', {}, '2026-11-23')).to.equal('2029-11-23');
    expect(expiryDay('achievement', {}, '2028-02-29')).to.equal('2031-03-01');
  });
});

describe('the report of an import', () => {
  it('counts exactly and keeps the first thousand of either sort', () => {
    const tally = reportTally();
    const issue = (reason: string) => ({ field: 'keywords.3', label: '关键字', reason, mend: '' });
    for (let row = 1; row <= 5000; row++) {
      tally.add({
        row,
        externalId: null,
        id: null,
        outcome: row % 2 ? 'invalid' : row % 4 ? 'created' : 'incomplete',
        issues: row % 2 ? [issue(row % 10 === 1 ? 'rare' : 'common')] : [],
      });
    }
    const report = tally.report({
      kind: 'need',
      source: 's',
      archive: false,
      dryRun: false,
      written: true,
      organisationsCreated: 0,
      ignoredColumns: [],
      notes: [],
      stopped: false,
    });
    expect(report).to.deep.include({ total: 5000, invalid: 2500, created: 2500, incomplete: 1250, rowsOmitted: 3000 });
    expect(report.rows.filter((row) => row.outcome === 'invalid')).to.have.length(1000);
    expect(report.rows.map((row) => row.row)).to.deep.equal(
      [...report.rows.map((row) => row.row)].sort((a, b) => a - b),
    );
    expect(report.remarks).to.deep.equal([
      { field: 'keywords', label: '关键字', reason: 'common', count: 2000 },
      { field: 'keywords', label: '关键字', reason: 'rare', count: 500 },
    ]);
  });
});
