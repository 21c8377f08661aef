import type { Indicator } from './indicator-model.ts';
import { isQuantityName, nameAtEnd } from './indicator-name.ts';
import type { SignReading } from './indicator-sign.ts';

type Beside = NonNullable<ReturnType<typeof nameAtEnd>> & { readonly change?: 'up' | 'down' };

/**
 * The name before a figure. Where something is compared with something else (能耗较现有水平降低15%, 产量高于对照30%), the name
 * is what stands before 较; what is compared with is no name.
 */
export function nameBesideComparison(rest: string, sign: SignReading): Beside | undefined {
  // 容积的50%: a share of something.
  if (sign.comparator === null && sign.link === 'none' && sign.change === null && /的\s*$/.test(rest)) return undefined;
  const compared =
    /([比较](?![表容强重例热值功高低大小好为]|对(?!照))|高于|低于|优于|多于|少于)[^，。；,比较]{1,24}$/.exec(rest);
  if (!compared || /(?:相|对|性|反|正|占|配|长径|硅|碳|料液|固液|信噪)$/.test(rest.slice(0, compared.index))) {
    return nameAtEnd(rest);
  }
  const before = nameAtEnd(rest.slice(0, compared.index));
  if (before && isQuantityName(before.name)) {
    const way = compared[1] === '低于' || compared[1] === '少于' ? 'down' : 'up';
    return compared[1]!.length === 1 || sign.change !== null ? before : { ...before, change: way };
  }
  const after = nameAtEnd(rest);
  // 比传统工艺能耗降低20%: what is compared with is left out by the name itself.
  return after && isQuantityName(after.name) && after.start > compared.index + 2 ? after : undefined;
}

/** The noun behind 的: 不低于90%的脱硝率. */
export function nameBehind(text: string, end: number): { name: string; end: number } | null {
  const found = /^ ?的([\p{L}\d]{2,14}?)(?=[，。；;、,)）]|$|达|要求|的|和|与)/u.exec(text.slice(end, end + 18));
  if (!found || !isQuantityName(found[1]!)) return null;
  return { name: found[1]!, end: end + found[0].length };
}

const qualifierWords =
  '出口|入口|进口|正面|背面|横向|纵向|轴向|径向|夏季|冬季|满载|空载|常温|高温|低温|峰值|最大|最小|最高|最低|平均|出水|进水|静态|动态';

const qualifiers = new RegExp(`^(?:${qualifierWords})$`);

const leadingQualifier = new RegExp(`^(?:${qualifierWords})`);

const leadingAge = /^-?\d+(?:\.\d+)?(?:~\d+)? ?(?:d|h|min|s|天|小时|年|个月|月|周|次|℃|°C|C|倍)(?:后|时|下)?/;

const age = /^-?\d+(?:\.\d+)?(?:~\d+)? ?(?:d|h|min|s|天|小时|年|个月|月|周|次|℃|°C|C|倍)(?:后|时|下)?$/;

/** A name that is only an age (28 d) or a place (出口) takes the rest from the indicator before it. */
export function resolveName(name: string, found: readonly Indicator[], folded: string, start: number): string | null {
  const isAge = age.test(name);
  const isQualifier = qualifiers.test(name);
  if (!isAge && !isQualifier) return name;
  const last = found.at(-1);
  if (!last || start - last.end > 24 || /[。;；\n]/.test(folded.slice(last.end, start))) return isAge ? null : name;
  const lead = isAge
    ? /^.*?-?\d+(?:\.\d+)?(?:~\d+)? ?(?:d|h|min|s|天|小时|年|个月|月|周|次|℃|°C|C|倍)(?:后|时|下)?/.exec(last.name)
    : leadingQualifier.exec(last.name);
  if (!lead) return isAge ? null : name;
  const tail = last.name.slice(lead[0].length);
  return tail === '' ? name : name + tail;
}

/** The other items of a list that shares one figure: A、B均≥95%. */
export function listBefore(
  rest: string,
  nameStart: number,
  lastName: string,
  windowStart: number,
): { name: string; start: number }[] {
  const items: { name: string; start: number }[] = [];
  let end = nameStart;
  for (let count = 0; count < 8; count++) {
    const joint = /(?:、|和|与|及|以及)\s?$/.exec(rest.slice(0, end));
    if (!joint) break;
    const one = nameAtEnd(rest.slice(0, joint.index));
    const lastAge = leadingAge.exec(lastName);
    if (one && lastAge && age.test(one.name)) {
      items.unshift({ name: one.name + lastName.slice(lastAge[0].length), start: windowStart + one.start });
      end = one.start;
      continue;
    }
    // 横向、纵向拉伸强度
    const lastQualifier = leadingQualifier.exec(lastName);
    if (one && lastQualifier && qualifiers.test(one.name)) {
      items.unshift({ name: one.name + lastName.slice(lastQualifier[0].length), start: windowStart + one.start });
      end = one.start;
      continue;
    }
    if (!one || one.end < joint.index || /\d{2}/.test(one.name)) break;
    items.unshift({ name: withHead(one.name, lastName), start: windowStart + one.start });
    end = one.start;
  }
  return items;
}

/** 碳、硫含量: the first takes the head of the last. */
function withHead(name: string, last: string): string {
  if (isQuantityName(name)) return name;
  const head =
    /(?:去除率|回收率|浸出率|脱除率|转化率|收率|含量|浓度|纯度|强度|精度|误差|偏差|准确率|效率|率|度|量|值|力)$/.exec(
      last,
    );
  return head && head.index > 0 ? name + head[0] : name;
}
