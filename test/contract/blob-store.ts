import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { type ErrorCode, QianxianError } from '../../src/domain/errors.ts';
import type { BlobStore } from '../../src/ports/blob-store.ts';

export interface BlobStoreUnderTest {
  readonly blobs: BlobStore;
  /** The same blobs, opened again. */
  reopen(): Promise<BlobStore>;
  destroy(): Promise<void>;
}

async function codeOf(work: () => Promise<unknown>): Promise<ErrorCode | 'no error'> {
  try {
    await work();
  } catch (error) {
    if (error instanceof QianxianError) return error.code;
    throw error;
  }
  return 'no error';
}

async function firstOf(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of pieces) return;
}

async function listed(blobs: BlobStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of blobs.list()) ids.push(id);
  return ids.sort();
}

/** What every blob store promises. */
export function blobStoreContract(name: string, factory: () => Promise<BlobStoreUnderTest>): void {
  describe(`blob store: ${name}`, () => {
    let under: BlobStoreUnderTest;
    beforeEach(async () => {
      under = await factory();
    });
    afterEach(() => under.destroy());

    it('gives back the bytes that were put, with their size and hash, also after opening again', async () => {
      const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256);
      const receipt = await under.blobs.put('a-1', bytes);
      expect(receipt).to.deep.equal({ size: 70_000, sha256: createHash('sha256').update(bytes).digest('hex') });
      expect(Buffer.compare(await under.blobs.get('a-1'), bytes)).to.equal(0);
      const again = await under.reopen();
      expect(Buffer.compare(await again.get('a-1'), bytes)).to.equal(0);
    });

    /** Two and a half million bytes in pieces of all sizes. */
    async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
      let at = 0;
      for (let size = 1; at < bytes.byteLength; size = size * 3 + 1) {
        yield bytes.subarray(at, at + size);
        at += size;
      }
    }

    it('takes and gives content piece by piece, the same as whole', async () => {
      const bytes = Uint8Array.from({ length: 2_500_001 }, (_, index) => (index * 37) % 251);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(await under.blobs.put('pieces', piecesOf(bytes))).to.deep.equal({ size: 2_500_001, sha256 });
      expect(Buffer.compare(await under.blobs.get('pieces'), bytes)).to.equal(0);
      const read: Uint8Array[] = [];
      for await (const piece of (await under.reopen()).read('pieces')) read.push(piece);
      expect(read.length).to.be.greaterThan(1);
      expect(Buffer.compare(Buffer.concat(read), bytes)).to.equal(0);
      expect((await under.blobs.put('pieces', piecesOf(new Uint8Array()))).size).to.equal(0);
      for await (const piece of under.blobs.read('pieces')) expect(piece.byteLength).to.equal(0);
    });

    it('puts nothing where the pieces end with an error, and throws that error', async () => {
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.alloc(1_500_000, 1);
        throw new Error('the sender went away');
      };
      await under.blobs.put('kept', Buffer.from('as before'));
      for (const id of ['new', 'kept']) {
        const failure = await under.blobs.put(id, broken()).catch((error: Error) => error.message);
        expect(failure).to.equal('the sender went away');
      }
      expect(await listed(under.blobs)).to.deep.equal(['kept']);
      expect(Buffer.from(await under.blobs.get('kept')).toString()).to.equal('as before');
    });

    it('keeps an empty blob', async () => {
      expect((await under.blobs.put('empty', new Uint8Array())).size).to.equal(0);
      expect((await under.blobs.get('empty')).byteLength).to.equal(0);
      expect(await listed(under.blobs)).to.deep.equal(['empty']);
    });

    it('replaces the blob of the same id whole', async () => {
      await under.blobs.put('b', Buffer.from('a longer first content'));
      await under.blobs.put('b', Buffer.from('short'));
      expect(Buffer.from(await under.blobs.get('b')).toString()).to.equal('short');
      expect(await listed(under.blobs)).to.deep.equal(['b']);
    });

    it('keeps what was given, whatever the caller does with its buffer afterwards', async () => {
      const bytes = Buffer.from('as it was given');
      const put = under.blobs.put('c', bytes);
      bytes.fill(0);
      await put;
      expect(Buffer.from(await under.blobs.get('c')).toString()).to.equal('as it was given');
    });

    it('ends with one of the contents, whole, when one id is put many times at once', async () => {
      const contents = Array.from({ length: 12 }, (_, index) => Buffer.alloc(50_000, index + 1));
      await Promise.all(contents.map((content) => under.blobs.put('d', content)));
      const kept = await under.blobs.get('d');
      expect(contents.some((content) => Buffer.compare(content, kept) === 0)).to.equal(true);
      expect(await listed(under.blobs)).to.deep.equal(['d']);
    });

    it('says not_found for what is not there, and removes it without complaint', async () => {
      expect(await codeOf(() => under.blobs.get('nothing'))).to.equal('not_found');
      expect(await codeOf(() => firstOf(under.blobs.read('nothing')))).to.equal('not_found');
      await under.blobs.remove('nothing');
      await under.blobs.put('e', Buffer.from('x'));
      await under.blobs.remove('e');
      await under.blobs.remove('e');
      expect(await codeOf(() => under.blobs.get('e'))).to.equal('not_found');
      expect(await listed(under.blobs)).to.deep.equal([]);
    });

    it('lists every id once', async () => {
      const ids = Array.from({ length: 40 }, (_, index) => `blob-${String(index).padStart(2, '0')}`);
      await Promise.all(ids.map((id) => under.blobs.put(id, Buffer.from(id))));
      expect(await listed(under.blobs)).to.deep.equal(ids);
    });

    for (const id of ['', '..', '../escape', 'a/b', 'a\\b', 'A', 'a.b', 'a b', 'ä', 'a\0b', 'x'.repeat(65), '中']) {
      it(`refuses ${JSON.stringify(id.length > 20 ? `${id.length} characters` : id)} as an id, whatever is asked`, async () => {
        expect(await codeOf(() => under.blobs.put(id, Buffer.from('x')))).to.equal('invalid');
        expect(await codeOf(() => under.blobs.get(id))).to.equal('invalid');
        expect(await codeOf(() => firstOf(under.blobs.read(id)))).to.equal('invalid');
        expect(await codeOf(() => under.blobs.remove(id))).to.equal('invalid');
        expect(await listed(under.blobs)).to.deep.equal([]);
      });
    }

    it('takes the longest id', async () => {
      const id = 'z'.repeat(64);
      await under.blobs.put(id, Buffer.from('x'));
      expect(await listed(under.blobs)).to.deep.equal([id]);
    });
  });
}
