import { createChainCheck } from '../../domain/audit.ts';
import { Forbidden, QianxianError } from '../../domain/errors.ts';
import { mayAudit, type Principal } from '../../domain/user.ts';
import { changeDocument } from '../../ports/change-document.ts';
import { type AuditPorts, anchorId, signatureOf, signedAnchor } from './audit-chain.ts';

/** A place in the chain that somebody wrote down outside of it. */
export interface NotedHead {
  readonly sequence: number;
  readonly hash: string;
}

export interface AuditReport {
  /** What is wrong, as Chinese sentences; empty where the chain is whole. */
  readonly findings: readonly string[];
  readonly entries: number;
  /** How far the chain reaches, to be written down outside; null where it is empty. */
  readonly head: NotedHead | null;
}

/**
 * Reads the whole chain and tells what was changed, removed, cut off at either end or put in another order. With `noted`, a
 * head that was written down before, also whether the chain was put back together with its anchor to an older state.
 */
export async function verifyAudit(ports: AuditPorts, noted?: NotedHead): Promise<AuditReport> {
  const { store } = ports;
  const anchor = await store.collection('auditAnchors').get(anchorId);
  const entries = store.collection('audit');
  if (!anchor) {
    const count = await entries.count();
    const findings = [
      ...(count > 0 ? ['审计记录的锚不见了，无法知道末尾是否被截去'] : []),
      ...(noted ? [`记下的第${noted.sequence}号审计记录不见了`] : []),
    ];
    return { findings, entries: count, head: null };
  }
  const findings: string[] = [];
  if (anchor.keyId !== ports.vault.keyId) {
    findings.push(
      '审计记录的锚是用另一个密钥签的：从备份恢复到别处，或换过 QIANXIAN_SECRET 的，核对无误后运行 npx qianxian audit reseal 重新签名；两样都没有的，锚被人改过',
    );
  } else if (anchor.signature !== signatureOf(ports, anchor)) {
    findings.push('审计记录的锚被改过：签名不符');
  }
  const check = createChainCheck({ sequence: anchor.first, before: anchor.before });
  let atAnchor = anchor.last < anchor.first ? anchor.hash : undefined;
  let atNoted: string | undefined;
  let cursor: string | undefined;
  do {
    const page = await entries.find({
      order: { by: 'sequence', direction: 'asc' },
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const entry of page.items) {
      check.next(entry);
      if (entry.sequence === anchor.last) atAnchor = entry.hash;
      if (entry.sequence === noted?.sequence) atNoted = entry.hash;
    }
    cursor = page.next;
  } while (cursor !== undefined);
  const { findings: broken, checked, last, hash } = check.result();
  findings.push(...broken);
  if (last < anchor.last) findings.push(`审计记录的末尾被截去：锚记到第${anchor.last}号，现在只到第${last}号`);
  else if (atAnchor !== undefined && atAnchor !== anchor.hash) {
    findings.push(`审计记录第${anchor.last}号与锚不符：记录被整段重写过`);
  }
  if (noted && noted.sequence >= anchor.first && atNoted !== noted.hash) {
    findings.push(
      atNoted === undefined
        ? `记下的第${noted.sequence}号审计记录不见了：末尾被截去，锚也被换回旧的`
        : `第${noted.sequence}号审计记录与记下的不符：记录被整段重写过`,
    );
  }
  return { findings, entries: checked, head: checked === 0 ? null : { sequence: last, hash } };
}

/** `verifyAudit` for people with the right to audit; others are `forbidden`. */
export async function checkAudit(ports: AuditPorts, principal: Principal, noted?: NotedHead): Promise<AuditReport> {
  if (!mayAudit(principal)) throw new Forbidden('核对审计记录需要审计权限，请联系系统管理员');
  return verifyAudit(ports, noted);
}

/**
 * Signs the anchor with the present secret, after the secret was changed. Throws `conflict` where anything else is wrong
 * with the chain.
 */
export async function resealAudit(ports: AuditPorts): Promise<AuditReport> {
  const { keyId } = ports.vault;
  const anchor = await ports.store.collection('auditAnchors').get(anchorId);
  const report = await verifyAudit(ports);
  const others = report.findings.slice(anchor && anchor.keyId !== keyId ? 1 : 0);
  if (others.length > 0) throw new QianxianError('conflict', `审计记录有问题，没有重新签名：${others.join('；')}`);
  if (anchor && anchor.keyId !== keyId) {
    const { head } = report;
    await changeDocument(ports.store, 'auditAnchors', anchorId, (newest) => ({
      document: signedAnchor(ports, {
        first: newest.first,
        before: newest.before,
        last: head?.sequence ?? newest.last,
        hash: head?.hash ?? newest.hash,
      }),
    }));
  }
  return verifyAudit(ports);
}
