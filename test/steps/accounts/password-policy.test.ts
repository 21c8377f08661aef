import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { expect } from 'chai';
import { Invalid } from '../../../src/domain/errors.ts';
import { commonPasswords } from '../../../src/steps/accounts/common-passwords.ts';
import { hashPassword, verifyPassword } from '../../../src/steps/accounts/password-hash.ts';
import {
  checkNewPassword,
  maxPassword,
  minPassword,
  normalisePassword,
  oneTimePassword,
  passwordFault,
} from '../../../src/steps/accounts/password-policy.ts';

const about = ['binhai01', '王建国', '滨海精密机械有限公司'];

describe('password policy', () => {
  for (const [password, reason] of [
    ['', '少于'],
    ['Xk7!q9Zt2', '少于'],
    ['稀土抛光粉沉淀焙烧', '少于'],
    ['𠮷'.repeat(9), '少于'],
    ['Xk7!q9Zt2m'.repeat(13), '超过'],
    ['tulip-\0harbour-93', '控制字符'],
    ['tulip-\uD800harbour-93', '控制字符'],
    ['tulip-BinHai01-harbour', '登录名'],
    ['tulip-ｂｉｎｈａｉ０１-harbour', '登录名'],
    ['我叫王建国在此登录很久了', '登录名'],
    ['tulip-WangJianGuo-harbour', '登录名'],
    ['password123', '容易猜到'],
    ['Passw0rd!!', '容易猜到'],
    ['aaaaaaaaaaaaaaaa', '容易猜到'],
    ['1234567890', '容易猜到'],
    ['qwertyuiop', '容易猜到'],
    ['1qaz2wsx3edc', '容易猜到'],
    ['13812345678', '容易猜到'],
    ['zhangwei1990', '容易猜到'],
    ['woaini1314520', '容易猜到'],
    ['5201314woaini', '容易猜到'],
    ['lianyungang2026', '容易猜到'],
    ['kejiju123456', '容易猜到'],
    ['WoAiWoJia520', '容易猜到'],
    ['wodemima888888', '容易猜到'],
  ] as const) {
    it(`refuses ${JSON.stringify(password).slice(0, 40)}: ${reason}`, () => {
      const fault = passwordFault(password, about);
      expect(fault?.reason).to.include(reason);
      expect(fault?.mend).to.be.a('string').and.not.equal('');
    });
  }

  for (const password of [
    'Xk7!q9Zt2m',
    'tulip-harbour-93-quilt',
    '海棠 灯塔 算盘 六月雪花',
    `${'Xk7!q9Zt2m'.repeat(12)}Xk7!q9Zt`,
  ]) {
    it(`takes ${password.slice(0, 30)}`, () => expect(passwordFault(password, about)).to.equal(undefined));
  }

  it('judges what is known of the user only where it means something', () => {
    expect(passwordFault('Xk7!q9Zt2m-ab', ['ab', '李', ''])).to.equal(undefined);
    expect(passwordFault('Xk7!q9Zt2m-abc', ['abc'])?.reason).to.include('登录名');
  });

  it('knows passwords of its own list that zxcvbn alone takes for strong', () => {
    const plain = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
    const strongElsewhere = ['lianyungang2026', 'gongxifacai888', 'woaizhongguo1949', 'zhishichanquan123'];
    for (const password of strongElsewhere) {
      expect(plain.check(password).score, password).to.be.at.least(3);
      expect(passwordFault(password, [])?.reason, password).to.include('容易猜到');
    }
    for (const word of commonPasswords) expect(word).to.equal(word.toLowerCase());
  });

  it('names the field and the mend', () => {
    expect(() => checkNewPassword('short', about, 'next'))
      .to.throw(Invalid)
      .that.satisfies((error: Invalid) => error.issues.length === 1 && error.issues[0]?.field === 'next');
    expect(() => checkNewPassword('tulip-harbour-93-quilt', about, 'next')).not.to.throw();
    expect([minPassword, maxPassword]).to.deep.equal([10, 128]);
  });

  it('makes one-time passwords that differ, are easy to read and pass the policy themselves', () => {
    const made = Array.from({ length: 500 }, oneTimePassword);
    expect(new Set(made).size).to.equal(500);
    for (const one of made) expect(one).to.match(/^([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}$/);
    // Every letter of the alphabet is drawn: none is out of reach.
    expect(new Set(made.join('').replaceAll('-', '')).size).to.equal(31);
    for (const one of made.slice(0, 20)) expect(passwordFault(one, about), one).to.equal(undefined);
  });
});

describe('password hashes', () => {
  it('are argon2id with at least the parameters that OWASP takes, and salted', async () => {
    const [first, second] = await Promise.all([hashPassword('tulip-harbour-93'), hashPassword('tulip-harbour-93')]);
    const parameters = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(first);
    expect(Number(parameters?.[1])).to.be.at.least(19_456);
    expect(Number(parameters?.[2])).to.be.at.least(2);
    expect(Number(parameters?.[3])).to.equal(1);
    expect(first).not.to.equal(second);
  });

  it('know the password again, typed full-width too, and no other', async () => {
    const hash = await hashPassword('tulip-harbour-93');
    expect(await verifyPassword(hash, 'tulip-harbour-93')).to.equal(true);
    expect(await verifyPassword(hash, 'ｔｕｌｉｐ－ｈａｒｂｏｕｒ－９３')).to.equal(true);
    expect(await verifyPassword(hash, 'tulip-harbour-94')).to.equal(false);
    expect(normalisePassword('Ａ１')).to.equal('A1');
  });

  it('answer no where there is no hash, whatever the password', async () => {
    expect(await verifyPassword(undefined, 'tulip-harbour-93')).to.equal(false);
    expect(await verifyPassword(undefined, '')).to.equal(false);
  });
});
