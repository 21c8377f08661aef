import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { attachmentBlob } from '../../src/domain/attachment.ts';
import { systemPrincipal } from '../../src/domain/user.ts';
import type { Client } from './http-client.ts';
import { type HttpFixture, openHttp } from './open-http.ts';
import { makeWorld, needOf, type World } from './world.ts';

describe('files over HTTP', () => {
  let fixture: HttpFixture;
  let world: World;
  let member: Client;
  let needId: string;

  before(async () => {
    fixture = await openHttp();
    world = await makeWorld(fixture);
    member = await fixture.as('member');
  });
  after(() => fixture.close());
  beforeEach(async () => {
    const made = await fixture.flow.createEntry(systemPrincipal, 'need', needOf('有附件的需求'), {
      organisationId: world.organisations.own,
    });
    needId = made.id;
  });

  async function upload(name: string, content: Uint8Array<ArrayBuffer> | string, more: Record<string, string> = {}) {
    const form = new FormData();
    form.set('collection', 'needs');
    form.set('id', needId);
    for (const [field, value] of Object.entries(more)) form.set(field, value);
    form.set('file', new Blob([content]), name);
    return member.request('POST', '/api/v1/attachments', { raw: form });
  }

  it('gives back the very bytes, as a download under its own name that no browser guesses the type of', async () => {
    const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(3_000_000)]);
    const added = await upload('稀土"抛光粉 检测报告.PDF', bytes);
    expect(added.status).to.equal(201);
    expect(added.body).to.deep.include({ name: '稀土_抛光粉 检测报告.pdf', type: 'pdf', size: bytes.byteLength });
    const path = `/api/v1/attachments/${added.body.id}/content`;
    const cookie = [...member.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(fixture.url + path, { headers: { cookie } });
    expect(answer.status).to.equal(200);
    expect(Buffer.compare(Buffer.from(await answer.arrayBuffer()), bytes)).to.equal(0);
    expect(answer.headers.get('content-type')).to.equal('application/pdf');
    expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(answer.headers.get('content-length')).to.equal(String(bytes.byteLength));
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    const disposition = answer.headers.get('content-disposition')!;
    expect(disposition).to.match(/^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[A-Za-z0-9%._-]+$/);
    const encoded = /filename\*=UTF-8''(.*)$/.exec(disposition)![1]!;
    expect(decodeURIComponent(encoded)).to.equal('稀土_抛光粉 检测报告.pdf');
    const head = await fetch(fixture.url + path, { method: 'HEAD', headers: { cookie } });
    expect([head.status, head.headers.get('content-length')]).to.deep.equal([200, String(bytes.byteLength)]);
  });

  it('waits for a slow reader of what is compressed without gathering listeners', async () => {
    const text = randomBytes(2_000_000).toString('hex');
    const added = await upload('测试数据.txt', text);
    const warnings: string[] = [];
    const note = ({ name }: Error) => warnings.push(name);
    process.on('warning', note);
    try {
      const answer = await member.get(`/api/v1/attachments/${added.body.id}/content`);
      expect(answer.headers.get('content-encoding')).to.be.oneOf(['br', 'gzip']);
      expect(answer.text).to.equal(text);
      // Warnings are given in a later turn.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', note);
    }
    expect(warnings).not.to.include('MaxListenersExceededWarning');
  });

  it('breaks off where the content ends in the middle, and says so where it cannot begin', async () => {
    const added = await upload('报告.txt', '检测报告');
    const path = `/api/v1/attachments/${added.body.id}/content`;
    await fixture.ports.blobs.remove(attachmentBlob(added.body.id));
    const lost = await member.get(path);
    expect([lost.status, lost.headers.get('content-disposition')]).to.deep.equal([404, null]);
    // Shorter than was promised.
    await fixture.ports.blobs.put(attachmentBlob(added.body.id), Buffer.from('检'));
    const cut = await member.get(path).catch((error: Error) => error.name);
    expect(cut).to.equal('TypeError');
  });

  it('does not load a text as one of another encoding', async () => {
    const added = await upload('说明.txt', Buffer.from('bcecb2e2b1a8b8e6', 'hex'));
    const answer = await member.get(`/api/v1/attachments/${added.body.id}/content`);
    expect(answer.headers.get('content-type')).to.equal('text/plain; charset=gb18030');
  });

  it('refuses what is not on the list, too large, or of a record that is not there, in Chinese', async () => {
    const answers = [
      await upload('a.exe', 'MZ'),
      await upload('a.pdf', 'no PDF'),
      await upload('a.pdf', ''),
      await upload('a.pdf', Buffer.alloc(21 * 1024 * 1024, '%PDF-1.7\n')),
      await upload('a.txt', '文字', { id: 'nowhere' }),
      await upload('a.txt', '文字', { collection: 'users' }),
      await upload('a.txt', '文字', { collection: '__proto__' }),
      await upload('a.txt', '文字', { path: '/etc/passwd' }),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([415, 415, 400, 413, 404, 422, 422, 422]);
    for (const { body } of answers) expect(body.detail).to.match(/\p{Script=Han}/u);
    expect((await member.get(`/api/v1/attachments?collection=needs&id=${needId}`)).body.items).to.deep.equal([]);
  });

  it('puts into the audit that the bureau took out a file for insiders, before it has a byte of it', async () => {
    const added = await upload('联系人名单.txt', '赵某 13900000000');
    const path = `/api/v1/attachments/${added.body.id}/content`;
    const views = async () =>
      (await fixture.ports.store.collection('audit').find({ where: { 'subject.id': added.body.id, kind: 'view' } }))
        .items;
    await member.get(path);
    expect(await views()).to.deep.equal([]);
    const staff = await fixture.as('staff');
    expect((await staff.get(path)).status).to.equal(200);
    expect((await views()).map(({ action, by }) => [action, by])).to.deep.equal([['file.viewed', world.users.staff]]);
    const open = await staff.post(`/api/v1/attachments/${added.body.id}/actions/open`, { version: added.body.version });
    expect(open.status).to.equal(200);
    await staff.get(path);
    expect(await views()).to.have.length(1);
  });

  it('answers a repeated request with the first answer', async () => {
    const form = () => {
      const one = new FormData();
      one.set('collection', 'needs');
      one.set('id', needId);
      one.set('file', new Blob(['检测报告']), '报告.txt');
      return one;
    };
    const headers = { 'idempotency-key': 'upload-1' };
    const first = await member.request('POST', '/api/v1/attachments', { raw: form(), headers });
    const second = await member.request('POST', '/api/v1/attachments', { raw: form(), headers });
    expect(second.body).to.deep.equal(first.body);
    expect((await member.get(`/api/v1/attachments?collection=needs&id=${needId}`)).body.items).to.have.length(1);
  });
});
