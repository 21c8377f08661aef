import { expect } from 'chai';
import { QianxianError } from '../../src/domain/errors.ts';
import type { Sms, SmsSender } from '../../src/ports/sms-sender.ts';

export interface SmsSenderUnderTest {
  readonly sender: SmsSender;
  /** What the folder or the provider has taken, in any order. */
  delivered(): Promise<readonly { readonly id: string; readonly to: string; readonly text: string }[]>;
  destroy(): Promise<void>;
}

const sms: Sms = { id: 'n1', to: '13800001111', text: '牵线：请补充需求《稀土抛光粉》。请登录查看。' };

async function refusal(sender: SmsSender, change: Partial<Record<keyof Sms, unknown>>): Promise<QianxianError> {
  try {
    await sender.send({ ...sms, ...change } as Sms);
  } catch (error) {
    if (error instanceof QianxianError) return error;
    throw error;
  }
  throw new Error(`was sent: ${JSON.stringify(change).slice(0, 80)}`);
}

/** What every sender of short messages promises. */
export function smsSenderContract(name: string, factory: () => Promise<SmsSenderUnderTest>): void {
  describe(`short messages: ${name}`, () => {
    let under: SmsSenderUnderTest;
    beforeEach(async () => {
      under = await factory();
    });
    afterEach(async () => {
      await under.sender.close();
      await under.destroy();
    });

    it('hands on id, number and text to the letter', async () => {
      await under.sender.send(sms);
      expect(await under.delivered()).to.deep.equal([{ id: sms.id, to: sms.to, text: sms.text }]);
    });

    it('takes numbers as people write them', async () => {
      await under.sender.send({ ...sms, to: '138 0000-1111' });
      expect((await under.delivered())[0]?.to).to.equal('13800001111');
    });

    it('sends many at once', async () => {
      const ids = Array.from({ length: 20 }, (_, index) => `many-${index}`);
      await Promise.all(ids.map((id) => under.sender.send({ ...sms, id })));
      expect((await under.delivered()).map(({ id }) => id).sort()).to.deep.equal([...ids].sort());
    });

    it('counts the same id once, as the receiver sees it', async () => {
      await under.sender.send(sms);
      await under.sender.send(sms);
      expect(new Set((await under.delivered()).map(({ id }) => id)).size).to.equal(1);
    });

    for (const [what, change, field] of [
      ['a fixed line', { to: '0518-12345678' }, 'to'],
      ['two numbers', { to: '13800001111,13800002222' }, 'to'],
      ['a number that is no text', { to: 13800001111 }, 'to'],
      ['a line break', { text: '一行\n两行' }, 'text'],
      ['an empty text', { text: ' ' }, 'text'],
      ['a text without end', { text: '长'.repeat(301) }, 'text'],
      ['NUL in the text', { text: '正\0文' }, 'text'],
      ['no id', { id: '' }, 'id'],
      ['an id that would break a header', { id: 'a\r\nb: c' }, 'id'],
    ] as const) {
      it(`refuses ${what} and sends nothing`, async () => {
        const error = await refusal(under.sender, change);
        expect(error.code).to.equal('invalid');
        expect(error.issues.map((issue) => issue.field)).to.deep.equal([field]);
        expect(await under.delivered()).to.deep.equal([]);
      });
    }
  });
}
