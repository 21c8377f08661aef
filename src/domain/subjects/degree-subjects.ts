import type { disciplines } from '../codes/national-codes.ts';
import type { technologyFields } from '../codes/technology-codes.ts';

type Discipline = (typeof disciplines)[number]['code'];
type Field = (typeof technologyFields)[number]['code'];

/** A first-level subject of the list by which degrees are given (学科目录), as papers are labelled with. */
export interface DegreeSubject {
  readonly name: string;
  /** Codes of GB/T 13745 that such work is filed under, with the share that we expect of each; they add up to 1. */
  readonly disciplines: Readonly<Partial<Record<Discipline, number>>>;
  /** 所属领域 of the forms, likewise. */
  readonly fields: Readonly<Partial<Record<Field, number>>>;
}

const subject = (
  name: string,
  disciplines: DegreeSubject['disciplines'],
  fields: DegreeSubject['fields'],
): DegreeSubject => ({ name, disciplines, fields });

/**
 * From subjects of degrees to the codes of GB/T 13745-2009 and to the fields of the forms. Where one subject answers to several
 * codes the shares are our own estimate, by what the two lists say of their contents.
 */
export const degreeSubjects: readonly DegreeSubject[] = [
  subject('中医学/中药学', { 360: 1 }, { health: 0.5, 'biotech-pharma': 0.5 }),
  subject('中国语言文学', { 750: 0.6, 740: 0.4 }, { public: 0.5, other: 0.5 }),
  subject('交通运输工程', { 580: 1 }, { mechatronics: 0.45, public: 0.25, services: 0.15, materials: 0.15 }),
  subject('体育学', { 890: 1 }, { public: 0.7, health: 0.3 }),
  subject('作物学', { 210: 1 }, { agriculture: 0.9, 'biotech-pharma': 0.1 }),
  subject('信息与通信工程', { 510: 0.8, 520: 0.2 }, { electronics: 0.95, services: 0.05 }),
  subject('公共卫生与预防医学', { 330: 1 }, { health: 0.9, public: 0.1 }),
  subject('公共管理', { 630: 1 }, { public: 0.8, services: 0.2 }),
  subject('兵器科学与技术', { 590: 0.4, 410: 0.3, 460: 0.3 }, { mechatronics: 0.7, electronics: 0.2, materials: 0.1 }),
  subject('军事学', { 830: 1 }, { other: 0.7, public: 0.3 }),
  subject('农业工程', { 210: 0.7, 416: 0.3 }, { agriculture: 0.8, mechatronics: 0.2 }),
  subject('农业资源利用', { 210: 0.8, 610: 0.2 }, { agriculture: 0.75, environment: 0.25 }),
  subject('农林经济管理', { 790: 0.6, 630: 0.4 }, { agriculture: 0.6, public: 0.4 }),
  subject('冶金工程', { 450: 0.9, 430: 0.1 }, { materials: 0.85, energy: 0.15 }),
  subject('力学', { 130: 1 }, { mechatronics: 0.6, materials: 0.3, other: 0.1 }),
  subject('动力工程及工程热物理', { 470: 0.8, 480: 0.2 }, { energy: 0.7, mechatronics: 0.3 }),
  subject('化学/化学工程与技术', { 530: 0.55, 150: 0.45 }, { materials: 0.6, environment: 0.2, 'biotech-pharma': 0.2 }),
  subject('历史学', { 770: 0.9, 780: 0.1 }, { public: 0.5, other: 0.5 }),
  subject('口腔医学', { 320: 1 }, { health: 1 }),
  subject('哲学', { 720: 0.9, 710: 0.1 }, { other: 0.6, public: 0.4 }),
  subject('图书馆、情报与档案管理', { 870: 1 }, { services: 0.5, public: 0.5 }),
  subject('园艺学', { 210: 1 }, { agriculture: 0.95, 'biotech-pharma': 0.05 }),
  subject('土木工程', { 560: 1 }, { public: 0.5, materials: 0.3, environment: 0.1, energy: 0.1 }),
  subject('地球物理学', { 170: 1 }, { environment: 0.8, electronics: 0.2 }),
  subject('地理学', { 170: 1 }, { environment: 0.7, public: 0.3 }),
  subject('地质学/地质资源与地质工程', { 170: 0.7, 440: 0.3 }, { environment: 0.9, energy: 0.1 }),
  subject('基础医学/临床医学', { 320: 0.7, 310: 0.3 }, { health: 0.85, 'biotech-pharma': 0.15 }),
  subject('大气科学', { 170: 1 }, { environment: 0.8, public: 0.2 }),
  subject('天文学', { 160: 1 }, { other: 0.6, electronics: 0.4 }),
  subject('工商管理', { 630: 1 }, { services: 0.7, public: 0.3 }),
  subject('应用经济学', { 790: 1 }, { services: 0.6, public: 0.4 }),
  subject('建筑学', { 560: 1 }, { public: 0.6, energy: 0.2, materials: 0.2 }),
  subject('控制科学与工程', { 413: 0.5, 120: 0.2, 510: 0.15, 520: 0.15 }, { electronics: 0.6, mechatronics: 0.4 }),
  subject('政治学', { 810: 0.9, 710: 0.1 }, { public: 0.9, other: 0.1 }),
  subject('教育学', { 880: 1 }, { public: 0.9, services: 0.1 }),
  subject('数学', { 110: 0.9, 910: 0.1 }, { other: 0.6, electronics: 0.4 }),
  subject('新闻传播学', { 860: 1 }, { public: 0.6, services: 0.4 }),
  subject('机械工程', { 460: 1 }, { mechatronics: 0.9, materials: 0.1 }),
  subject('材料科学与工程', { 430: 1 }, { materials: 0.95, energy: 0.05 }),
  subject('林学/林业工程', { 220: 1 }, { agriculture: 0.7, environment: 0.2, materials: 0.1 }),
  subject('核科学与技术', { 490: 1 }, { energy: 0.8, environment: 0.2 }),
  subject('植物保护', { 210: 1 }, { agriculture: 0.9, 'biotech-pharma': 0.1 }),
  subject('民族学', { 850: 1 }, { public: 0.7, other: 0.3 }),
  subject('水产', { 240: 1 }, { agriculture: 0.6, marine: 0.4 }),
  subject('水利工程', { 570: 1 }, { environment: 0.6, public: 0.4 }),
  subject('法学', { 820: 1 }, { public: 0.8, services: 0.2 }),
  subject('测绘科学与技术', { 420: 1 }, { electronics: 0.6, environment: 0.2, public: 0.2 }),
  subject('海洋科学', { 170: 1 }, { marine: 0.7, environment: 0.3 }),
  subject('物理学', { 140: 1 }, { electronics: 0.4, materials: 0.3, mechatronics: 0.2, other: 0.1 }),
  subject('环境科学与工程', { 610: 1 }, { environment: 0.95, energy: 0.05 }),
  subject('理论经济学', { 790: 0.9, 710: 0.1 }, { public: 0.6, services: 0.4 }),
  subject('生物学/生物科学与工程', { 180: 0.9, 416: 0.1 }, { 'biotech-pharma': 0.7, agriculture: 0.3 }),
  subject('电子科学与技术', { 510: 1 }, { electronics: 0.9, mechatronics: 0.1 }),
  subject('电气工程', { 470: 1 }, { energy: 0.5, electronics: 0.3, mechatronics: 0.2 }),
  subject('畜牧学/兽医学', { 230: 1 }, { agriculture: 0.8, 'biotech-pharma': 0.2 }),
  subject('石油与天然气工程', { 440: 0.6, 480: 0.4 }, { energy: 0.6, environment: 0.4 }),
  subject('矿业工程', { 440: 0.9, 620: 0.1 }, { environment: 0.6, mechatronics: 0.2, energy: 0.2 }),
  subject('社会学', { 840: 1 }, { public: 1 }),
  subject('纺织科学与工程', { 540: 1 }, { materials: 0.7, mechatronics: 0.3 }),
  subject('航空宇航科学与技术', { 590: 1 }, { mechatronics: 0.7, materials: 0.2, electronics: 0.1 }),
  subject('船舶与海洋工程', { 580: 0.7, 416: 0.3 }, { marine: 0.6, mechatronics: 0.4 }),
  subject('艺术学', { 760: 1 }, { public: 0.5, services: 0.5 }),
  subject('药学', { 350: 1 }, { 'biotech-pharma': 0.8, health: 0.2 }),
  subject('心理学', { 190: 1 }, { health: 0.5, public: 0.5 }),
  subject('计算机科学与技术', { 520: 1 }, { electronics: 0.9, services: 0.1 }),
  subject('食品科学与工程', { 550: 1 }, { agriculture: 0.6, 'biotech-pharma': 0.4 }),
  subject('光学工程', { 510: 0.4, 140: 0.3, 535: 0.3 }, { mechatronics: 0.6, electronics: 0.4 }),
];

/** The subject of a name as papers write it. */
export function degreeSubjectOf(name: string): DegreeSubject | undefined {
  return degreeSubjects.find((one) => one.name === name.trim());
}
