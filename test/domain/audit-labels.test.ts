import { expect } from 'chai';
import { collectionLabel, eventLabel, factLabel, fieldLabel, labelsOf } from '../../src/domain/audit-labels.ts';
import { importFields } from '../../src/domain/import-fields.ts';
import { webhookEvents } from '../../src/domain/webhooks/webhook-events.ts';
import { fieldsOf } from '../../src/engines/cluster/record-schemas.ts';
import { type CollectionName, collectionKeys } from '../../src/ports/record-store.ts';

describe('the words of the audit', () => {
  it('name every collection in Chinese', () => {
    const missing = Object.keys(collectionKeys).filter((name) => !/\p{Script=Han}/u.test(collectionLabel(name) ?? ''));
    expect(missing).to.deep.equal([]);
  });

  it('name every field of every collection in Chinese', () => {
    const unwritten = ['id', 'version', 'createdAt', 'updatedAt', 'history'];
    const missing = (Object.keys(collectionKeys) as CollectionName[])
      // Tests make up events of their own there.
      .filter((collection) => collection !== 'settings')
      .flatMap((collection) =>
        fieldsOf(collection)
          .filter((path) => !unwritten.includes(path) && !/\p{Script=Han}/u.test(fieldLabel(collection, path) ?? ''))
          .map((path) => `${collection}.${path}`),
      );
    expect(missing).to.deep.equal([]);
  });

  it('name every event that other systems can be told of, and those of refusals and looks', () => {
    const known = [
      ...webhookEvents.map(({ code }) => code).filter((code) => code !== 'webhook.test'),
      'access.refused',
      'contact.viewed',
      'people.viewed',
      'file.viewed',
    ];
    expect(known.filter((type) => !/^\p{Script=Han}+：.*\p{Script=Han}/u.test(eventLabel(type) ?? ''))).to.deep.equal(
      [],
    );
  });

  it('name the fields of every form as the form does', () => {
    for (const [collection, kind] of [
      ['organisations', 'organisation'],
      ['needs', 'need'],
      ['achievements', 'achievement'],
      ['agreements', 'agreement'],
      ['jointBodies', 'joint-body'],
    ] as const) {
      for (const { path, label } of importFields(kind).filter((field) => !field.path.includes('.'))) {
        expect(fieldLabel(collection, `content.${path}`), `${collection} ${path}`).to.equal(label);
      }
      expect(fieldLabel(collection, 'content.contact') ?? '联系人').to.equal('联系人');
    }
  });

  it('are none for what nobody knows', () => {
    for (const name of [
      'toString',
      'need',
      'need.',
      '.submitted',
      'need.toString',
      'constructor.submitted',
      'need.flown',
    ]) {
      expect(eventLabel(name), name).to.equal(undefined);
    }
    expect(collectionLabel('toString')).to.equal(undefined);
    expect(fieldLabel('needs', 'toString')).to.equal(undefined);
    expect(factLabel('constructor')).to.equal(undefined);
  });

  it('come with an entry, for what has them', () => {
    expect(
      labelsOf({
        action: 'need.submitted',
        subject: { collection: 'needs', id: 'n' },
        changed: { state: ['draft', 'submitted'], 'content.title': null, 'content.mystery': null },
        facts: { week: '2026-W48', mystery: 1 },
      }),
    ).to.deep.equal({
      action: '需求：提交',
      collection: '需求',
      changed: { state: '状态', 'content.title': '需求名称' },
      facts: { week: '周' },
    });
    expect(labelsOf({ action: 'need.flown', subject: null, changed: {}, facts: {} })).to.deep.equal({
      changed: {},
      facts: {},
    });
  });
});
