import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import { attachmentLimits } from '../../../src/domain/attachment.ts';
import { QianxianError } from '../../../src/domain/errors.ts';
import type { Principal } from '../../../src/domain/user.ts';
import { attachmentOwnerTable as owners } from '../../../src/flow/attachment-owners.ts';
import {
  addAttachment,
  keepFile,
  listAttachments,
  moveAttachment,
  offeredAttachments,
  readAttachment,
  removeAttachment,
} from '../../../src/steps/attachments/attachments.ts';
import { followFiles } from '../../../src/steps/attachments/follow-files.ts';
import { inspectFile } from '../../../src/steps/attachments/inspect-file.ts';
import { sweepFiles } from '../../../src/steps/attachments/sweep-files.ts';
import { createEntry, editEntry, moveEntry, moveRevision } from '../../../src/steps/intake/entries.ts';
import { type FreshPorts, freshPorts } from '../fresh-ports.ts';
import { emptied, fileOf, memberOf, need, organisation, staff } from '../intake/intake-fixtures.ts';
import { gbk, jpeg, officeFile, oleFile, pdf, png, zipOf } from './made-files.ts';

async function failure(work: Promise<unknown>): Promise<QianxianError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(QianxianError);
  return error as QianxianError;
}

describe('files of records', () => {
  let ports: FreshPorts;
  const member = memberOf('works');
  const other = memberOf('else');

  before(async () => {
    ports = await freshPorts();
  });
  after(() => ports.close());
  beforeEach(async () => {
    await emptied(ports);
    for await (const file of ports.store.collection('attachments').stream()) {
      await ports.store.collection('attachments').remove(file.id, file.version);
    }
    for await (const id of ports.blobs.list()) await ports.blobs.remove(id);
    await organisation(ports, 'works');
    await organisation(ports, 'else');
  });

  const file = (name: string, content: string | Uint8Array) => fileOf(ports, name, content);
  const draft = (visibility: 'public' | 'members' | 'bureau' = 'public') =>
    createEntry(ports, member, 'need', { ...need, visibility });
  const submitted = async (id: string, version: number) => moveEntry(ports, member, 'need', id, version, 'submit');
  const add = async (
    principal: Principal,
    id: string,
    name = '报告.pdf',
    content: string | Uint8Array = pdf,
    offered = false,
  ) =>
    addAttachment(ports, owners, principal, {
      owner: { collection: 'needs', id },
      file: await file(name, content),
      offered,
    });
  const list = (principal: Principal | null, id: string) =>
    listAttachments(ports, owners, principal, { collection: 'needs', id });
  const content = async (principal: Principal | null, id: string) => {
    const { pieces } = await readAttachment(ports, owners, principal, id);
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all);
  };
  const blobs = async () => {
    const ids: string[] = [];
    for await (const id of ports.blobs.list()) ids.push(id);
    return ids;
  };

  describe('what is taken', () => {
    const taken: readonly (readonly [type: string, name: string, content: () => Promise<Uint8Array> | Uint8Array])[] = [
      ['pdf', 'a.pdf', () => pdf],
      ['docx', 'a.docx', () => officeFile('docx')],
      ['docx', 'from-the-web.docx', () => officeFile('docx', { part: 'word/document2.xml' })],
      ['xlsx', 'a.xlsx', () => officeFile('xlsx')],
      ['pptx', 'a.pptx', () => officeFile('pptx')],
      ['ofd', 'a.ofd', () => zipOf({ 'OFD.xml': '<OFD/>', 'Doc_0/Document.xml': '<x/>' })],
      ['doc', 'a.doc', () => oleFile(['WordDocument', '1Table', 'Data', 'CompObj', 'More'])],
      ['xls', 'a.xls', () => oleFile(['Workbook'])],
      ['xls', 'old.xls', () => oleFile(['Book'])],
      ['png', 'a.png', () => png],
      ['jpeg', 'a.jpeg', () => jpeg],
      ['jpeg', 'a.JPG', () => jpeg],
      ['text', 'a.txt', () => Buffer.from('检测报告：粒度达标')],
      ['text-gbk', 'b.txt', () => gbk],
      ['csv', 'a.csv', () => Buffer.from('\ufeff名称,数值\r\n粒度,67%\r\n')],
      ['csv-gbk', 'b.csv', () => gbk],
    ];
    for (const [type, name, bytes] of taken) {
      it(`${name} as ${type}`, async () => {
        const given = await bytes();
        const facts = await inspectFile(await file(name, given));
        const sha256 = createHash('sha256').update(given).digest('hex');
        expect(facts).to.deep.equal({ name: name.toLowerCase(), type, size: given.byteLength, sha256 });
      });
    }
  });

  describe('what is refused, with the mend', () => {
    const refused: readonly (readonly [
      what: string,
      name: string,
      content: () => Promise<Uint8Array | string> | Uint8Array | string,
      code: string,
      says: RegExp,
    ])[] = [
      ['a program', 'a.exe', () => Buffer.from('MZ'), 'unsupported', /不接收“\.exe”.*PDF/],
      ['a page', 'a.html', () => '<script>', 'unsupported', /不接收“\.html”/],
      ['no extension', '报告', () => pdf, 'unsupported', /没有扩展名/],
      ['nothing', 'a.pdf', () => '', 'malformed', /空的/],
      ['a PDF that is a program', 'a.pdf', () => Buffer.from('MZ\u0000\u0001\u0002'), 'unsupported', /看不出/],
      ['a text that is a PDF', 'a.txt', () => pdf, 'unsupported', /扩展名是 \.txt，内容却是PDF.*\.pdf/],
      ['a picture that is a text', 'a.png', () => '文字', 'unsupported', /内容却是文本/],
      ['a Word file that is a workbook', 'a.docx', () => officeFile('xlsx'), 'unsupported', /内容却是Excel/],
      ['an archive', 'a.docx', () => zipOf({ 'a.txt': 'x' }), 'unsupported', /看不出/],
      [
        'an Office file without its main part',
        'a.docx',
        async () => zipOf({ '[Content_Types].xml': (await officeFile('docx')).toString('latin1'), 'a.xml': 'x' }),
        'unsupported',
        /看不出/,
      ],
      ['macros', 'a.docx', () => officeFile('docx', { more: { 'word/vbaProject.bin': 'x' } }), 'unsupported', /宏/],
      ['macros in a workbook', 'a.xls', () => oleFile(['Workbook', '_VBA_PROJECT_CUR']), 'unsupported', /宏/],
      // The format compares names without case.
      ['macros under small letters', 'b.xls', () => oleFile(['workbook', '_vba_project_cur']), 'unsupported', /宏/],
      ['a password', 'a.docx', () => oleFile(['EncryptedPackage', 'EncryptionInfo']), 'unsupported', /密码/],
      ['a presentation of the old format', 'a.doc', () => oleFile(['PowerPoint Document']), 'unsupported', /看不出/],
      ['a truncated zip', 'a.docx', async () => (await officeFile('docx')).subarray(0, 300), 'malformed', /没有传完/],
      ['a truncated old document', 'a.doc', () => oleFile(['WordDocument']).subarray(0, 1030), 'malformed', /没有传完/],
      ['UTF-16', 'a.txt', () => Buffer.from('\ufeff文字', 'utf16le'), 'unsupported', /看不出/],
      ['a NUL in a text', 'a.csv', () => 'a,b\u0000', 'unsupported', /看不出/],
      ['too much', 'a.pdf', () => Buffer.concat([pdf, Buffer.alloc(attachmentLimits.fileBytes)]), 'too_large', /20MB/],
    ];
    for (const [what, name, bytes, code, says] of refused) {
      it(what, async () => {
        const error = await failure(inspectFile(await file(name, await bytes())));
        expect(error.message).to.match(says);
        expect(error.code).to.equal(code);
      });
    }

    it('a zip that unpacks to more than it may, whether it says so or lies', async () => {
      const zeros = Buffer.alloc(attachmentLimits.unpackedBytes / 10 + 1024);
      const more = Object.fromEntries(Array.from({ length: 10 }, (_, place) => [`word/media/${place}.png`, zeros]));
      const honest = await officeFile('docx', { more });
      expect(honest.byteLength).to.be.lessThan(attachmentLimits.fileBytes);
      const told = await failure(inspectFile(await file('a.docx', honest)));
      expect([told.code, told.message]).to.satisfy(
        ([code, message]: string[]) => code === 'too_large' && /展开后超过/.test(message!),
      );
      // The sizes in the directory say 1 byte each.
      const lying = Buffer.from(honest);
      const size = Buffer.alloc(4);
      size.writeUInt32LE(zeros.byteLength);
      for (let at = lying.indexOf(size); at >= 0; at = lying.indexOf(size, at + 1)) lying.writeUInt32LE(1, at);
      expect((await failure(inspectFile(await file('a.docx', lying)))).code).to.equal('malformed');
      expect(deflateRawSync(zeros).byteLength).to.be.lessThan(100_000);
    }).timeout(60_000);

    it('a zip whose parts lead out of its folder', async () => {
      const bytes = await zipOf({ 'xx/evil.txt': 'x', 'OFD.xml': '<x/>' });
      const evil = Buffer.from(bytes.toString('latin1').replaceAll('xx/evil.txt', '../evil.txt'), 'latin1');
      expect((await failure(inspectFile(await file('a.ofd', evil)))).code).to.equal('malformed');
    });
  });

  describe('who sees them', () => {
    it('shows all to the own people and the bureau, and to others those that are open of what they may see', async () => {
      const made = await draft();
      const inside = await add(member, made.id, '联系人.pdf');
      const offered = await add(member, made.id, '说明书.txt', '说明', true);
      expect((await list(member, made.id)).map(({ name }) => name)).to.deep.equal(['联系人.pdf', '说明书.txt']);
      for (const stranger of [other, null]) {
        expect((await failure(list(stranger, made.id))).code).to.equal('not_found');
        expect((await failure(content(stranger, inside.id))).code).to.equal('not_found');
      }
      const sent = await submitted(made.id, made.version);
      await moveEntry(ports, staff, 'need', made.id, sent.version, 'publish');
      // Published, but the feed has not brought the file into sight yet.
      expect(await list(other, made.id)).to.deep.equal([]);
      expect((await failure(content(other, offered.id))).code).to.equal('not_found');
      const following = ports.store.follow(
        'files',
        { collections: ['attachments', 'needs', 'achievements'] },
        followFiles(ports),
      );
      await following.caughtUp();
      await following.stop();
      for (const reader of [other, null]) {
        const seen = await list(reader, made.id);
        expect(seen.map(({ name, audience }) => [name, audience])).to.deep.equal([['说明书.txt', 'open']]);
        expect(seen[0]).to.not.have.property('addedBy');
        expect((await content(reader, offered.id)).toString()).to.equal('说明');
        expect((await failure(content(reader, inside.id))).code).to.equal('not_found');
      }
      expect(Buffer.compare(await content(staff, inside.id), pdf)).to.equal(0);
    });

    it('lets only the bureau put a file of a published record before its readers, and its people take it back', async () => {
      const made = await draft();
      const sent = await submitted(made.id, made.version);
      await moveEntry(ports, staff, 'need', made.id, sent.version, 'publish');
      const kept = await add(member, made.id);
      expect((await failure(moveAttachment(ports, owners, member, kept.id, kept.version, 'open'))).code).to.equal(
        'forbidden',
      );
      const offered = await moveAttachment(ports, owners, member, kept.id, kept.version, 'offer');
      expect((await offeredAttachments(ports)).items.map(({ id }) => id)).to.deep.equal([kept.id]);
      expect(await list(null, made.id)).to.deep.equal([]);
      expect((await failure(moveAttachment(ports, owners, staff, kept.id, kept.version, 'open'))).code).to.equal(
        'conflict',
      );
      const open = await moveAttachment(ports, owners, staff, kept.id, offered.version, 'open');
      expect((await list(null, made.id)).map(({ id }) => id)).to.deep.equal([kept.id]);
      expect((await failure(moveAttachment(ports, owners, other, kept.id, open.version, 'close'))).code).to.equal(
        'forbidden',
      );
      expect((await failure(removeAttachment(ports, owners, other, kept.id))).code).to.equal('forbidden');
      await moveAttachment(ports, owners, member, kept.id, open.version, 'close');
      expect(await list(null, made.id)).to.deep.equal([]);
      expect((await offeredAttachments(ports)).items).to.deep.equal([]);
    });

    it('opens with a publication only what was offered before it', async () => {
      const made = await draft();
      const sent = await submitted(made.id, made.version);
      const published = await moveEntry(ports, staff, 'need', made.id, sent.version, 'publish');
      ports.clock.set('2026-11-23T02:00:00.000Z');
      const late = await add(member, made.id, '后来的.pdf', pdf, true);
      const following = ports.store.follow(
        'files',
        { collections: ['attachments', 'needs', 'achievements'] },
        followFiles(ports),
      );
      await following.caughtUp();
      expect(await list(null, made.id)).to.deep.equal([]);
      const edited = await editEntry(ports, member, 'need', made.id, published.version, {
        ...need,
        visibility: 'public',
        title: '改过的名称',
      });
      const again = await moveRevision(ports, member, 'need', made.id, edited.version, 'submit');
      await moveRevision(ports, staff, 'need', made.id, again.version, 'publish');
      await following.caughtUp();
      await following.stop();
      expect((await list(null, made.id)).map(({ id }) => id)).to.deep.equal([late.id]);
    });

    it('changes nothing under the eyes of who examines the record, and nothing of a withdrawn one', async () => {
      const made = await draft();
      const kept = await add(member, made.id);
      const sent = await submitted(made.id, made.version);
      for (const work of [
        () => add(member, made.id, '二.txt', '二'),
        () => removeAttachment(ports, owners, member, kept.id),
        () => moveAttachment(ports, owners, member, kept.id, kept.version, 'offer'),
      ]) {
        const error = await failure(work());
        expect([error.code, error.message]).to.satisfy(
          ([code, said]: string[]) => code === 'conflict' && /等待审核/.test(said!),
        );
      }
      await add(staff, made.id, '核查记录.txt', '已核');
      await moveEntry(ports, member, 'need', made.id, sent.version, 'withdraw', '不再需要');
      expect((await failure(add(staff, made.id, '三.txt', '三'))).message).to.match(/已撤回/);
      expect(await list(member, made.id)).to.have.length(2);
    });
  });

  it('keeps no more than a record may have, however many come at once', async () => {
    const made = await draft();
    const results = await Promise.allSettled(
      Array.from({ length: 14 }, (_, place) => add(member, made.id, `${place}.txt`, `第${place}份`)),
    );
    const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as QianxianError] : []));
    expect(refused.map(({ code }) => code)).to.deep.equal(['conflict', 'conflict', 'conflict', 'conflict']);
    expect(refused[0]!.message).to.match(/最多10个附件/);
    expect(await list(member, made.id)).to.have.length(10);
  });

  it('is the same attachment when the same request comes again, and refuses another file under its id', async () => {
    const made = await draft();
    const owner = { collection: 'needs', id: made.id } as const;
    const input = { id: 'repeated', owner, file: await file('报告.pdf', pdf) };
    const first = await addAttachment(ports, owners, member, input);
    expect(await addAttachment(ports, owners, member, input)).to.deep.equal(first);
    const changed = { ...input, file: await file('报告.pdf', Buffer.concat([pdf, pdf])) };
    expect((await failure(addAttachment(ports, owners, member, changed))).code).to.equal('conflict');
    expect((await failure(add(member, made.id))).message).to.match(/已有同样的附件/);
    expect(await list(member, made.id)).to.have.length(1);
  });

  it('shows nothing of an upload that died, goes on with it when it comes again, and sweeps it after a day', async () => {
    const made = await draft();
    const owner = { collection: 'needs', id: made.id } as const;
    const dying = { ...ports, blobs: { ...ports.blobs, put: () => Promise.reject(new Error('killed')) } };
    const input = { owner, file: await file('报告.pdf', pdf), addedBy: member.userId };
    for (const id of ['again', 'never']) {
      const killed = await keepFile(dying, { ...input, id }).catch((error: Error) => error.message);
      expect(killed).to.equal('killed');
    }
    expect(await list(member, made.id)).to.deep.equal([]);
    expect((await failure(content(staff, 'again'))).code).to.equal('not_found');
    expect(await sweepFiles(ports)).to.deep.equal({ records: 0, contents: 0 });
    expect((await keepFile(ports, { ...input, id: 'again' })).stored).to.equal(true);
    // A content without its record: what a restored backup may hold.
    await ports.blobs.put('attachment-nobodys', Buffer.from('x'));
    await ports.blobs.put('matching-corpus-1', Buffer.from('x'));
    ports.clock.set('2026-11-25T01:00:00.000Z');
    expect(await sweepFiles(ports)).to.deep.equal({ records: 1, contents: 1 });
    expect(await sweepFiles(ports)).to.deep.equal({ records: 0, contents: 0 });
    expect((await blobs()).sort()).to.deep.equal(['attachment-again', 'matching-corpus-1']);
    expect((await list(member, made.id)).map(({ id }) => id)).to.deep.equal(['again']);
  });

  it('sweeps the proofs of a registration that was cut off, after a day, and no others', async () => {
    const registrations = ports.store.collection('registrations');
    for (const id of ['there', 'cut-off']) {
      const owner = { collection: 'registrations', id } as const;
      await keepFile(ports, { owner, file: await file('证明.pdf', pdf), addedBy: 'applicant', id: `of-${id}` });
    }
    const made = await registrations.insert({
      id: 'there',
      state: 'submitted',
      applicantId: 'applicant',
      content: { name: '某公司', contact: { name: '某人' } },
      history: [],
    } as never);
    expect(await sweepFiles(ports)).to.deep.equal({ records: 0, contents: 0 });
    ports.clock.set('2026-11-26T01:00:00.000Z');
    expect((await sweepFiles(ports)).records).to.equal(1);
    expect(await ports.store.collection('attachments').get('of-cut-off')).to.equal(undefined);
    expect(await ports.store.collection('attachments').get('of-there')).to.include({ stored: true });
    await registrations.remove(made.id, made.version);
  });

  it('removes record and content, once', async () => {
    const made = await draft();
    const kept = await add(member, made.id);
    await removeAttachment(ports, owners, member, kept.id);
    expect((await failure(removeAttachment(ports, owners, member, kept.id))).code).to.equal('not_found');
    const following = ports.store.follow(
      'files',
      { collections: ['attachments', 'needs', 'achievements'] },
      followFiles(ports),
    );
    await following.caughtUp();
    await following.stop();
    expect(await blobs()).to.deep.equal([]);
  });
});
