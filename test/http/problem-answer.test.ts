import { expect } from 'chai';
import { Conflict, Duplicate, type ErrorCode, Invalid, NotFound, QianxianError } from '../../src/domain/errors.ts';
import { problem } from '../../src/http/contract/problem.ts';
import { errorStatuses, problemAnswer } from '../../src/http/problem-answer.ts';
import { StatusError } from '../../src/http/status-error.ts';

describe('problemAnswer', () => {
  it('gives each kind of error its status, in Chinese', () => {
    const statuses = Object.fromEntries(
      (Object.keys(errorStatuses) as ErrorCode[]).map((code) => [
        code,
        problemAnswer(new QianxianError(code, '说明'), 'r').status,
      ]),
    );
    expect(statuses).to.deep.equal({
      malformed: 400,
      invalid: 422,
      unauthenticated: 401,
      forbidden: 403,
      not_found: 404,
      conflict: 409,
      duplicate: 409,
      too_large: 413,
      unsupported: 415,
      too_many: 429,
      unavailable: 503,
      damaged: 500,
      misconfigured: 500,
    });
    for (const error of [new Conflict(), new Duplicate('k'), new NotFound()]) {
      const { body } = problemAnswer(error, 'r');
      expect(body.detail).to.equal(error.message);
      expect(body.title).to.match(/\p{Script=Han}/u);
    }
  });

  it('names every field at fault', () => {
    const issue = { field: 'content.title', label: '需求名称', reason: '没有填写', mend: '请填写需求名称' };
    const { body, status } = problemAnswer(new Invalid([issue]), 'abc');
    expect(status).to.equal(422);
    expect(body.errors).to.deep.equal([issue]);
    expect(body.requestId).to.equal('abc');
  });

  it('says nothing of faults that are ours', () => {
    const inside = new Error('at /srv/data', { cause: new Error('SELECT') });
    for (const error of [
      inside,
      new QianxianError('damaged', '用户表 users 的第 7 行损坏', {
        issues: [{ field: 'x', label: 'x', reason: 'x', mend: 'x' }],
      }),
      new QianxianError('misconfigured', '密钥是 abc'),
      new TypeError('x is undefined'),
      'a text',
      undefined,
      null,
      Object.assign(new Error('upstream'), { status: 502 }),
    ]) {
      const { status, body, ours } = problemAnswer(error, 'r');
      expect([status, ours]).to.deep.equal([500, true]);
      expect(JSON.stringify(body)).not.to.match(/srv|SELECT|users|abc|undefined|upstream|a text/);
      expect(body.errors).to.deep.equal([]);
    }
  });

  it('turns what the framework throws into words', () => {
    const thrown = (type: string, status: number) => Object.assign(new Error('english'), { type, status });
    for (const [error, status] of [
      [thrown('entity.parse.failed', 400), 400],
      [thrown('entity.too.large', 413), 413],
      [thrown('encoding.unsupported', 415), 415],
      [thrown('charset.unsupported', 415), 415],
      [thrown('request.aborted', 400), 400],
      [thrown('request.size.invalid', 400), 400],
      [Object.assign(new URIError('bad'), { status: 400 }), 400],
      [Object.assign(new Error('big'), { status: 413 }), 413],
    ] as const) {
      const answer = problemAnswer(error, 'r');
      expect([answer.status, answer.ours]).to.deep.equal([status, false]);
      expect(answer.body.detail)
        .to.match(/\p{Script=Han}/u)
        .and.not.match(/english|bad|big/);
    }
  });

  it('says when to come again', () => {
    expect(problemAnswer(new QianxianError('too_many', '慢', { retryAfter: 1.2 }), 'r').headers).to.deep.equal({
      'Retry-After': '2',
    });
    expect(problemAnswer(new QianxianError('unavailable', '停'), 'r').headers).to.deep.equal({ 'Retry-After': '5' });
    expect(problemAnswer(new Conflict(), 'r').headers).to.deep.equal({});
  });

  it('keeps headers of its own and fits the contract', () => {
    const error = new StatusError(405, '不支持的方法', '可用的方法：GET', { headers: { Allow: 'GET' } });
    const { headers, status, body } = problemAnswer(error, 'r');
    expect([status, headers]).to.deep.equal([405, { Allow: 'GET' }]);
    expect(problem.safeParse(body).success).to.equal(true);
  });
});
