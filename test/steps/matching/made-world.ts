import { seededRandom } from '../../../src/domain/seeded-random.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { addAchievement, addNeed } from './matching-fixture.ts';

const things = [
  '稀土抛光粉',
  '海带',
  '石化废水',
  '光伏组件',
  '电梯门机',
  '矿渣微粉',
  '抗生素',
  '钢渣',
  '褐藻胶',
  '催化剂',
];
const doings = ['回收', '提纯', '改性', '在线检测', '低温干燥', '节能控制', '粒度分级', '寿命预测'];
const sides = ['工艺', '装备', '方法', '系统', '材料'];

/**
 * So many needs and achievements of mixed subjects, the same for the same seed, so that candidates are many, scores differ, and
 * pairs of one organisation with itself occur.
 */
export async function makeWorld(
  ports: Ports,
  { needs, achievements, seed }: { readonly needs: number; readonly achievements: number; readonly seed: string },
): Promise<void> {
  const random = seededRandom(seed);
  const of = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const title = () => `${of(things)}${of(doings)}${of(sides)}`;
  const writes: Promise<unknown>[] = [];
  for (let i = 0; i < needs; i += 1) {
    const content = { title: title(), problem: `${of(things)}的${of(doings)}不稳定，${of(things)}损耗大。` };
    writes.push(addNeed(ports, `n${String(i).padStart(3, '0')}`, content, { organisationId: `e${i % 7}` }));
  }
  for (let i = 0; i < achievements; i += 1) {
    const content = {
      title: title(),
      abstract: `一种用于${of(things)}${of(doings)}的${of(sides)}，也用于${of(things)}。`,
    };
    const organisationId = i % 5 === 0 ? `e${i % 7}` : `u${i % 11}`;
    writes.push(addAchievement(ports, `a${String(i).padStart(3, '0')}`, content, { organisationId }));
  }
  await Promise.all(writes);
}
