import { expect } from 'chai';
import { exportTable } from '../../src/domain/exports/export-rows.ts';
import type { Partnership } from '../../src/domain/partnership.ts';

describe('the export of partnerships', () => {
  it('has contract and payments in 万元, and the names of sides that are not registered', () => {
    const { headings, rows } = exportTable('partnership');
    const partnership: Partnership = {
      id: 'p1',
      version: 3,
      createdAt: '2026-11-23T01:00:00.000Z',
      updatedAt: '2026-11-23T01:00:00.000Z',
      state: 'signed',
      origin: 'manual',
      title: '场外合作',
      needId: null,
      achievementId: null,
      needOrganisationId: null,
      achievementOrganisationId: 'o1',
      needParty: '外地企业',
      contract: { type: 'licence', amountFen: 50_500_000, signedOn: '2026-11-20' },
      payments: [{ id: 'y', on: '2026-11-21', amountFen: 100_000, by: 'u', at: '' }],
      history: [],
    };
    const name = (id: string | null | undefined) => (id ? `机构${id}` : '');
    const [row] = rows(
      partnership,
      {
        organisations: name,
        needs: name,
        achievements: name,
        partnerships: name,
        users: name,
        webhooks: name,
      },
      () => true,
    );
    const shown = Object.fromEntries(headings.map((heading, index) => [heading, row![index]]));
    expect(row).to.have.length(headings.length);
    expect(shown).to.deep.include({
      需求方: '外地企业',
      成果方: '机构o1',
      合同类型: '技术许可',
      '成交额（万元）': 50.5,
      '技术交易额（万元）': null,
      '已支付（万元）': 0.1,
    });
  });
});
