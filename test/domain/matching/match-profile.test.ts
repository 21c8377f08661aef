import { expect } from 'chai';
import { matchedFields, matchedHash, matchProfile, profileText } from '../../../src/domain/matching/match-profile.ts';

describe('match profile', () => {
  it('reads the matched fields in order, keywords one a line, without empty ones', () => {
    expect(
      profileText('need', { goal: '降低电耗', title: '电炉节能', keywords: ['电炉', '电耗'], problem: '  ' }),
    ).to.deep.equal([
      { field: 'title', text: '电炉节能' },
      { field: 'keywords', text: '电炉\n电耗' },
      { field: 'goal', text: '降低电耗' },
    ]);
  });

  it('never reads a contact, an organisation or the visibility', () => {
    const content = {
      title: '电炉节能',
      contact: { name: '技术部联系人', phone: '0518-00000001' },
      intendedPartner: '某类高校',
      visibility: 'public',
    } as const;
    const profile = matchProfile('need', 'n', content, [['电炉', '节能']]);
    expect(JSON.stringify(profile)).not.to.match(/联系人|0518|高校|public/);
    expect(matchedFields.need).not.to.include('contact');
  });

  it('keeps each kind’s facts, and leaves out what is not said', () => {
    const achievement = matchProfile(
      'achievement',
      'a',
      { title: '技术', cooperationModes: ['transfer'], priceMinWan: 20, trl: 6, stage: 'middle' },
      [['技术']],
      '2026-11-23T01:00:00.000Z',
    );
    expect(achievement.facts).to.include({ priceMinWan: 20, trl: 6, stage: 'middle' });
    expect(achievement.facts.modes).to.deep.equal(['transfer']);
    expect(achievement.facts.updatedAt).to.equal(Date.parse('2026-11-23T01:00:00.000Z'));
    const need = matchProfile('need', 'n', {}, [], 'no time');
    expect(need.texts).to.deep.equal([]);
    expect(need.facts.updatedAt).to.equal(undefined);
    expect(need.facts.budgetWan).to.equal(undefined);
  });

  describe('hash of what is matched', () => {
    const content = { title: '电炉节能', keywords: ['电炉'], fields: ['energy', 'materials'], budgetWan: 60 } as const;
    const before = matchedHash('need', { ...content, keywords: [...content.keywords], fields: [...content.fields] });
    const of = (change: object) => matchedHash('need', { ...content, ...change } as never);

    it('stays when only space, width or the order of codes changes, or what is not matched', () => {
      expect(of({ title: ' 电炉节能\n' })).to.equal(before);
      expect(of({ fields: ['materials', 'energy'] })).to.equal(before);
      expect(of({ contact: { name: '技术部联系人', phone: '1' } })).to.equal(before);
      expect(of({ visibility: 'public' })).to.equal(before);
    });

    it('changes with every text and every fact that matching looks at', () => {
      const changes = [
        { title: '电炉节电' },
        { keywords: ['电炉', '电耗'] },
        { problem: '电耗高' },
        { keyTechnology: '电耗≤345 kWh/t' },
        { goal: '年节电' },
        { background: '有平台' },
        { description: '旧文' },
        { fields: ['energy'] },
        { industry: 'C' },
        { disciplines: ['430'] },
        { solutionModes: ['transfer'] },
        { activityType: 'basic' },
        { budgetWan: 61 },
      ];
      const hashes = changes.map(of);
      expect(new Set([before, ...hashes]).size).to.equal(changes.length + 1);
    });

    it('does not let text wander between fields, nor between the kinds', () => {
      expect(matchedHash('need', { title: 'ab', problem: 'c' })).not.to.equal(
        matchedHash('need', { title: 'a', problem: 'bc' }),
      );
      expect(matchedHash('need', { title: 'a' })).not.to.equal(matchedHash('achievement', { title: 'a' }));
    });
  });
});
