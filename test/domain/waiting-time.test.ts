import { expect } from 'chai';
import { waitingTime } from '../../src/domain/waiting-time.ts';

describe('waitingTime', () => {
  const cases: readonly (readonly [number, string])[] = [
    [-3, '1秒'],
    [0.2, '1秒'],
    [59, '59秒'],
    [59.5, '1分钟'],
    [61, '2分钟'],
    [1500, '25分钟'],
    [3600, '1小时'],
    [3601, '1小时1分钟'],
    [7200, '2小时'],
  ];
  for (const [seconds, words] of cases) {
    it(`says ${seconds} seconds as ${words}`, () => expect(waitingTime(seconds)).to.equal(words));
  }
});
