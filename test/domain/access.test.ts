import { expect } from 'chai';
import {
  actorFor,
  audiencesOf,
  type EntryAudience,
  entryListView,
  entryView,
  isOwner,
  mayEditEntry,
  maySeeEntry,
  organisationListView,
  organisationView,
  visibleOrganisation,
} from '../../src/domain/access.ts';
import type { EntryState } from '../../src/domain/entry.ts';
import { entryStates } from '../../src/domain/entry.ts';
import { QianxianError } from '../../src/domain/errors.ts';
import type { Need, NeedDraft } from '../../src/domain/need.ts';
import type { Organisation, OrganisationState } from '../../src/domain/organisation.ts';
import { organisationStates } from '../../src/domain/organisation.ts';
import { type Principal, systemPrincipal } from '../../src/domain/user.ts';

const admin: Principal = { userId: 'u-admin', role: 'admin', name: '管理员' };
const staff: Principal = { userId: 'u-staff', role: 'staff', name: '工作人员' };
const owner: Principal = { userId: 'u-owner', role: 'member', organisationId: 'o-own', name: '本机构成员' };
const manager: Principal = { userId: 'u-manager', role: 'manager', organisationId: 'o-own', name: '本机构管理员' };
const other: Principal = { userId: 'u-other', role: 'manager', organisationId: 'o-other', name: '别的机构' };
const adrift: Principal = { userId: 'u-adrift', role: 'member', name: '没有机构' };
const insiders = [admin, staff, owner, manager, systemPrincipal];
const outsiders = [null, other, adrift];
const states = Object.keys(entryStates.states) as EntryState[];

const content: NeedDraft = { title: '工作稿', contact: { name: '联系人甲', mobile: '13800000000' } };
const publishedContent: NeedDraft = { title: '已发布稿', contact: { name: '联系人乙', phone: '0518-12345678' } };

function need(change: Partial<Need> = {}, publishedChange: Partial<NeedDraft> = {}): Need {
  return {
    id: 'n1',
    version: 7,
    createdAt: '2026-11-01T00:00:00.000Z',
    updatedAt: '2026-11-20T00:00:00.000Z',
    organisationId: 'o-own',
    state: 'published',
    revision: 'draft',
    content,
    published: {
      content: { ...publishedContent, ...publishedChange },
      at: '2026-11-10T00:00:00.000Z',
      by: 'u-staff',
      revision: 2,
    },
    missing: ['goal'],
    returnReason: '请补充',
    firstSubmittedAt: '2026-11-05T00:00:00.000Z',
    expiresOn: '2028-12-31',
    questions: [],
    enteredBy: 'u-staff',
    toldBy: '告知人丙',
    provenance: { source: 's', externalId: 'e' },
    history: [{ at: '2026-11-05T00:00:00.000Z', by: 'u-owner', action: 'submit', from: 'draft', to: 'submitted' }],
    ...change,
  };
}

describe('access: who sees an entry', () => {
  const expected: Record<EntryAudience, readonly (Principal | null)[]> = {
    public: [null, other, adrift],
    members: [other, adrift],
    bureau: [],
  };

  for (const visibility of ['public', 'members', 'bureau'] as const) {
    it(`shows a published ${visibility} record to whom it is for`, () => {
      for (const asker of outsiders) {
        expect(maySeeEntry(asker, need({}, { visibility })), asker?.userId ?? 'nobody').to.equal(
          expected[visibility].includes(asker),
        );
      }
    });
  }

  it('takes silence for 登录可见', () => {
    expect(maySeeEntry(null, need())).to.equal(false);
    expect(maySeeEntry(other, need())).to.equal(true);
  });

  it('goes by the published version, not by the working copy', () => {
    const opening = need({ content: { ...content, visibility: 'public' } }, { visibility: 'bureau' });
    expect(maySeeEntry(other, opening)).to.equal(false);
    const closing = need({ content: { ...content, visibility: 'bureau' } }, { visibility: 'public' });
    expect(maySeeEntry(null, closing)).to.equal(true);
  });

  for (const state of states) {
    it(`shows a ${state} record to the bureau and its owner${state === 'published' ? ' and others' : ' alone'}`, () => {
      const entry = need({ state }, { visibility: 'public' });
      for (const asker of insiders) expect(maySeeEntry(asker, entry), asker.userId).to.equal(true);
      for (const asker of outsiders) expect(maySeeEntry(asker, entry)).to.equal(state === 'published');
    });
  }

  it('shows nothing that claims to be published without a published version', () => {
    expect(maySeeEntry(other, need({ published: null }))).to.equal(false);
  });

  it('gives what has no organisation to nobody but the bureau', () => {
    const entry = need({ state: 'archived', organisationId: null });
    for (const asker of [owner, manager, other, adrift, null]) expect(maySeeEntry(asker, entry)).to.equal(false);
    expect(maySeeEntry(staff, entry)).to.equal(true);
    expect(isOwner(adrift, null)).to.equal(false);
  });

  it('names the audiences of each asker', () => {
    expect(audiencesOf(null)).to.deep.equal(['public']);
    for (const asker of [owner, manager, other, adrift])
      expect(audiencesOf(asker)).to.deep.equal(['public', 'members']);
    for (const asker of [admin, staff]) expect(audiencesOf(asker)).to.deep.equal(['public', 'members', 'bureau']);
  });
});

describe('access: who acts', () => {
  it('lets the bureau and the owner edit', () => {
    for (const asker of insiders) expect(mayEditEntry(asker, need()), asker.userId).to.equal(true);
    for (const asker of [other, adrift]) expect(mayEditEntry(asker, need()), asker.userId).to.equal(false);
  });

  it('says as whom somebody acts, and refuses others', () => {
    expect(actorFor(admin, 'o-own')).to.equal('admin');
    expect(actorFor(systemPrincipal, null)).to.equal('admin');
    expect(actorFor(staff, null)).to.equal('staff');
    expect(actorFor(owner, 'o-own')).to.equal('owner');
    for (const [asker, organisation] of [
      [other, 'o-own'],
      [adrift, null],
      [owner, null],
    ] as const) {
      expect(() => actorFor(asker, organisation))
        .to.throw(QianxianError)
        .with.property('code', 'forbidden');
    }
  });

  it('does not take a member of the bureau for the owner, whatever organisation his account names', () => {
    expect(isOwner({ ...staff, organisationId: 'o-own' }, 'o-own')).to.equal(false);
  });
});

describe('access: what is shown of an entry', () => {
  it('shows others the published version without contact, and nothing of its life', () => {
    const view = entryView(other, need(), 'need');
    expect(view).to.deep.equal({
      kind: 'need',
      id: 'n1',
      version: 7,
      state: 'published',
      organisationId: 'o-own',
      organisationHidden: false,
      publishedAt: '2026-11-10T00:00:00.000Z',
      publishedRevision: 2,
      expiresOn: '2028-12-31',
      content: { title: '已发布稿' },
    });
  });

  it('shows insiders the working copy, the published version, contacts, questions and history', () => {
    for (const asker of insiders) {
      const view = entryView(asker, need(), 'need')!;
      expect(view.content).to.deep.equal(content);
      expect(view.published?.content).to.deep.equal(publishedContent);
      expect(view).to.include({ revision: 'draft', returnReason: '请补充', enteredBy: 'u-staff', toldBy: '告知人丙' });
      expect(view.missing).to.deep.equal(['goal']);
      expect(view.history).to.have.length(1);
      expect(view.provenance).to.deep.equal({ source: 's', externalId: 'e' });
    }
  });

  it('answers nothing where the asker may not know of it', () => {
    expect(entryView(null, need(), 'need')).to.equal(undefined);
    expect(entryListView(other, need({ state: 'withdrawn' }), 'need')).to.equal(undefined);
  });

  it('hides the organisation from others where the published version says so', () => {
    const hidden = need({}, { hideOrganisation: true });
    for (const asker of [other, adrift]) {
      expect(entryView(asker, hidden, 'need')).to.include({ organisationId: null, organisationHidden: true });
      expect(JSON.stringify(entryView(asker, hidden, 'need'))).not.to.include('o-own');
    }
    for (const asker of insiders) expect(visibleOrganisation(asker, hidden)).to.equal('o-own');
    // Hidden in the working copy only: what is public already stays as it was approved.
    expect(visibleOrganisation(other, need({ content: { ...content, hideOrganisation: true } }))).to.equal('o-own');
    expect(entryView(other, need({ organisationId: null }), 'need')).to.include({ organisationHidden: false });
  });

  it('puts no contact, question or history into lists, whoever asks', () => {
    for (const asker of [...insiders, other]) {
      const line = entryListView(asker, need(), 'need')!;
      const written = JSON.stringify(line);
      for (const secret of ['13800000000', '0518-12345678', '联系人甲', '联系人乙', '告知人丙'])
        expect(written).not.to.include(secret);
      expect(line).not.to.have.any.keys('history', 'questions', 'published');
    }
    expect(entryListView(staff, need(), 'need')).to.include({ version: 7, revision: 'draft' });
  });

  it('leaves the stored record as it was', () => {
    const entry = need();
    const before = structuredClone(entry);
    entryListView(staff, entry, 'need');
    entryView(other, entry, 'need');
    expect(entry).to.deep.equal(before);
  });

  it('leaves out what the record does not have', () => {
    const { expiresOn: _a, returnReason: _b, firstSubmittedAt: _c, enteredBy: _d, provenance: _e, ...bare } = need();
    const view = entryView(staff, { ...bare, state: 'draft', published: null }, 'need')!;
    expect(view).not.to.have.any.keys('expiresOn', 'returnReason', 'firstSubmittedAt', 'enteredBy', 'provenance');
    expect(view).to.include({ publishedAt: null, publishedRevision: null });
  });
});

describe('access: organisations', () => {
  const whole: Organisation = {
    id: 'o-own',
    version: 3,
    createdAt: '2026-11-01T00:00:00.000Z',
    updatedAt: '2026-11-20T00:00:00.000Z',
    state: 'approved',
    content: {
      name: '滨海精密机械有限公司',
      type: 'enterprise',
      creditCode: '91350100M000100Y43',
      region: '滨海区',
      website: 'https://example.com',
      profile: '生产精密机械。',
      address: '滨海大道1号',
      email: 'office@example.com',
      legalRepresentative: '负责人丙',
      contact: { name: '联系人甲', mobile: '13800000000' },
    },
    missing: [],
    enteredBy: 'u-staff',
    provenance: { source: 's', externalId: 'e' },
    history: [],
  };

  it('shows others name, kind, region, website and profile of an approved one', () => {
    for (const asker of outsiders) {
      expect(organisationView(asker, whole)).to.deep.equal({
        id: 'o-own',
        version: 3,
        state: 'approved',
        content: {
          name: '滨海精密机械有限公司',
          type: 'enterprise',
          region: '滨海区',
          website: 'https://example.com',
          profile: '生产精密机械。',
        },
      });
    }
    expect(organisationView(other, { ...whole, content: { name: '某单位' } })?.content).to.deep.equal({
      name: '某单位',
    });
  });

  for (const state of Object.keys(organisationStates.states) as OrganisationState[]) {
    it(`shows a ${state} one to others: ${state === 'approved'}`, () => {
      for (const asker of outsiders) {
        expect(organisationView(asker, { ...whole, state }) !== undefined).to.equal(state === 'approved');
      }
      for (const asker of insiders)
        expect(organisationView(asker, { ...whole, state })?.content).to.deep.equal(whole.content);
    });
  }

  it('puts no contact, e-mail or history into lists, whoever asks', () => {
    for (const asker of [...insiders, other]) {
      const line = organisationListView(asker, whole)!;
      for (const secret of ['13800000000', '联系人甲', 'office@example.com']) {
        expect(JSON.stringify(line)).not.to.include(secret);
      }
      expect(line).not.to.have.property('history');
    }
    expect(organisationListView(other, { ...whole, state: 'disabled' })).to.equal(undefined);
    expect(organisationListView(staff, whole)?.content.creditCode).to.equal('91350100M000100Y43');
  });

  it('leaves out what the record does not have', () => {
    const { enteredBy: _a, provenance: _b, ...bare } = whole;
    expect(organisationView(staff, bare)).not.to.have.any.keys('enteredBy', 'provenance');
  });
});
