// The way of one need, from the registration of its enterprise to the end of the partnership, over HTTP only. Each step does
// one thing, keeps what the next ones need in `world.facts` (plain values), and answers the lines that tell of it; it throws
// where anything is not as promised. `walk.mjs` runs them on a fresh service; tests run them with kills in between.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, firstLogin } from './service-client.mjs';

const password = '海州湾-对接-2468-清单';

const parties = {
  enterprise: {
    login: 'enterprise@example.com',
    email: 'enterprise@example.com',
    name: '示例抛光材料有限公司',
    type: 'enterprise',
    creditCode: '91350100M00010017C',
  },
  university: {
    login: 'university@example.com',
    email: 'university@example.com',
    name: '示例大学',
    type: 'university',
    creditCode: '91350100M000100272',
  },
  stranger: {
    login: 'stranger@example.com',
    email: 'stranger@example.com',
    name: '示例海藻科技有限公司',
    type: 'enterprise',
    creditCode: '91350100M00010035U',
  },
};

/** Weights and letters of GB 32100-2015: the last character checks the ones before. */
function withCheckCharacter(code) {
  const letters = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
  const first = code.slice(0, 17);
  const sum = weights.reduce((total, weight, place) => total + weight * letters.indexOf(first[place]), 0);
  return first + letters[(31 - (sum % 31)) % 31];
}

const organisationOf = ({ name, type, creditCode, email }) => ({
  name,
  type,
  creditCode: withCheckCharacter(creditCode),
  address: '示例路1号',
  region: '示例区',
  email,
  legalRepresentative: '张示例',
  contact: { name: '李示例', phone: '0518-12345678' },
  profile: '从事示例产品的研制和生产。',
});

const needContact = { name: '需求方联系人', mobile: '13800000001' };
const achievementContact = { name: '成果方联系人', mobile: '13900000002' };
const secrets = /需求方联系人|成果方联系人|13800000001|13900000002/;

const year = new Date().getFullYear();
const need = {
  title: '稀土抛光粉煅烧节能',
  startYear: year,
  endYear: year + 2,
  problem: '稀土抛光粉煅烧工艺能耗高，产品粒度不均，合格率只有82%，客户多次退货。',
  keyTechnology: '稀土抛光粉低温煅烧的配方与控制，要求粒度≥67%，能耗下降不低于15%。',
  goal: '形成稳定的煅烧工艺，年新增产值不低于800万元。',
  keywords: ['稀土', '抛光粉', '煅烧'],
  solutionModes: ['cooperative'],
  activityType: 'development',
  fields: ['materials'],
  industry: 'C',
  contact: needContact,
  hideOrganisation: true,
};
const achievement = {
  title: '稀土抛光粉低温煅烧工艺',
  abstract: '通过优化稀土抛光粉的配方与煅烧制度，粒度达到72%，能耗下降18%，已在两条生产线上使用。',
  achievementType: 'process',
  keywords: ['稀土', '抛光粉', '煅烧'],
  fields: ['materials'],
  industry: 'C',
  trl: 7,
  stage: 'mature',
  cooperationModes: ['joint'],
  contact: achievementContact,
};

/** A second one of the same side, which is found too and refused. */
const lesser = {
  ...achievement,
  title: '稀土抛光粉煅烧窑炉改造',
  abstract: '改造稀土抛光粉的煅烧窑炉，能耗下降9%，粒度与改造以前相同，已在一条生产线上试用。',
};

/** A world of one service. `admin` is the first administrator with the one-time password that was printed. */
export function createWorld({ url, mailFolder, admin }) {
  const clients = new Map();
  return {
    url,
    mailFolder,
    admin,
    /** What the steps learn: plain values. */
    facts: {},
    /** A client that stays logged in, also over a restart of the service. */
    async as(login) {
      if (!clients.has(login)) {
        const client = createClient(url);
        await client.login(login, password);
        clients.set(login, client);
      }
      return clients.get(login);
    },
    keep: (login, client) => clients.set(login, client),
    nobody: () => createClient(url),
  };
}

async function refused(client, method, path, body, status) {
  const answer = await client.request(method, path, body);
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text.slice(0, 300)}`);
  return answer.body?.detail ?? answer.body?.title ?? '';
}

/**
 * What follows from a write comes within a moment; after a kill on servers, when what the dead process had taken is free
 * again: that takes less than a minute.
 */
async function until(what, look) {
  for (const end = Date.now() + 90_000; Date.now() < end; ) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`waited in vain for ${what}`);
}

async function has(world, path) {
  world.paths ??= Object.keys((await (await world.as('staff')).get('/api/v1/openapi.json')).paths);
  return world.paths.includes(path);
}

/** The texts of the mails that lie in the folder, to one address. */
export function mailsTo(world, address) {
  let names;
  try {
    names = readdirSync(world.mailFolder).filter((name) => name.endsWith('.eml'));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const mail = readFileSync(join(world.mailFolder, name), 'utf8');
    const [head, ...rest] = mail.split('\n\n');
    if (!new RegExp(`^To: .*${address}`, 'im').test(head)) return [];
    const body = rest.join('\n\n');
    if (/^content-transfer-encoding: *base64/im.test(head)) return [Buffer.from(body, 'base64').toString('utf8')];
    if (!/^content-transfer-encoding: *quoted-printable/im.test(head)) return [body];
    const bytes = body
      .replace(/=\r?\n/g, '')
      .replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    return [Buffer.from(bytes, 'latin1').toString('utf8')];
  });
}

const tokenIn = (text) => /\/invitation-links#([\w-]{43})/.exec(text)?.[1];
export const invitationMails = (world, address) => mailsTo(world, address).filter(tokenIn);

async function move(client, kind, record, action, reason) {
  return client.post(`/api/v1/${kind}/${record.id}/actions/${action}`, {
    version: record.version,
    ...(reason ? { reason } : {}),
  });
}

const proof = (name = '营业执照.pdf') =>
  new File(['%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'], name);

export const steps = [
  {
    title: '管理员第一次登录，建立工作人员账号',
    async run(world) {
      const admin = await firstLogin(world.url, world.admin.login, world.admin.password, password);
      world.keep('admin', admin);
      const { user, oneTimePassword } = await admin.post('/api/v1/users', {
        login: 'staff',
        name: '科技局工作人员',
        role: 'staff',
      });
      world.keep('staff', await firstLogin(world.url, 'staff', oneTimePassword, password));
      return [`${user.name}（${user.login}），首次登录已改密码`];
    },
  },
  {
    title: '机构登记',
    async run(world) {
      if (await has(world, '/api/v1/registrations')) {
        for (const party of Object.values(parties)) {
          const form = new FormData();
          form.set('organisation', JSON.stringify(organisationOf(party)));
          const { login, email } = party;
          form.set('applicant', JSON.stringify({ login, name: `${party.name}管理员`, email, password }));
          form.set('proof', proof());
          const sent = await world.nobody().upload('/api/v1/registrations', form);
          assert.equal(sent.status, 201, sent.text);
          party.registration = sent.body;
        }
        world.facts.registrations = Object.fromEntries(
          Object.entries(parties).map(([name, { registration }]) => [name, registration.id]),
        );
        return Object.values(parties).map(({ name }) => `${name}：已提交，附证明文件，等待审核`);
      }
      return ['尚无：机构自行登记。下一步由工作人员代填机构、建立账号'];
    },
  },
  {
    title: '工作人员审核机构',
    async run(world) {
      const staff = await world.as('staff');
      world.facts.organisations = {};
      if (world.facts.registrations) {
        for (const [name, id] of Object.entries(world.facts.registrations)) {
          const { version } = await staff.get(`/api/v1/registrations/${id}`);
          const approved = await staff.post(`/api/v1/registrations/${id}/actions/approve`, { version });
          assert.equal(approved.state, 'approved');
          world.facts.organisations[name] = approved.organisationId;
        }
        return ['三家都已通过；机构管理员可以登录'];
      }
      for (const [name, party] of Object.entries(parties)) {
        const { id } = await staff.post('/api/v1/organisations', { content: organisationOf(party) });
        const admin = await world.as('admin');
        const { oneTimePassword } = await admin.post('/api/v1/users', {
          login: party.login,
          name: `${party.name}管理员`,
          role: 'manager',
          organisationId: id,
        });
        world.keep(party.login, await firstLogin(world.url, party.login, oneTimePassword, password));
        world.facts.organisations[name] = id;
      }
      return ['三家由工作人员代填，已通过'];
    },
  },
  {
    title: '企业起草需求并提交',
    async run(world) {
      const enterprise = await world.as(parties.enterprise.login);
      const { problem: _problem, ...half } = need;
      const made = await enterprise.post(
        '/api/v1/needs',
        { content: { ...half, problem: '能耗高。' } },
        { 'idempotency-key': 'walk-need' },
      );
      const draft = await enterprise.post(
        '/api/v1/needs',
        { content: { ...half, problem: '能耗高。' } },
        { 'idempotency-key': 'walk-need' },
      );
      assert.equal(draft.id, made.id, 'a repeated request makes one record');
      const submitted = await move(enterprise, 'needs', draft, 'submit');
      assert.equal(submitted.state, 'submitted');
      world.facts.need = draft.id;
      return [`《${need.title}》：草稿 → 待审核`];
    },
  },
  {
    title: '工作人员退回，写明原因',
    async run(world) {
      const staff = await world.as('staff');
      const submitted = await staff.get(`/api/v1/needs/${world.facts.need}`);
      const reason = '主要问题写得过于简单，请补充现状和数据';
      const returned = await move(staff, 'needs', submitted, 'return', reason);
      assert.equal(returned.state, 'returned');
      return [`原因：${reason}`];
    },
  },
  {
    title: '企业修改后重新提交，工作人员发布',
    async run(world) {
      const enterprise = await world.as(parties.enterprise.login);
      const returned = await enterprise.get(`/api/v1/needs/${world.facts.need}`);
      assert.match(returned.returnReason, /过于简单/);
      const mended = await enterprise.put(`/api/v1/needs/${returned.id}`, { version: returned.version, content: need });
      const submitted = await move(enterprise, 'needs', mended, 'submit');
      const staff = await world.as('staff');
      const published = await move(staff, 'needs', submitted, 'publish');
      assert.equal(published.state, 'published');
      const shown = await (await world.as(parties.stranger.login)).get(`/api/v1/needs/${published.id}`);
      assert.doesNotMatch(JSON.stringify(shown), secrets);
      assert.equal(shown.organisationHidden, true);
      return [`已发布，有效期至 ${published.expiresOn}；别人看到的没有联系方式，也没有单位名称`];
    },
  },
  {
    title: '高校录入成果，工作人员发布',
    async run(world) {
      const university = await world.as(parties.university.login);
      const pairs = [];
      for (const content of [achievement, lesser]) {
        const draft = await university.post('/api/v1/achievements', { content });
        const submitted = await move(university, 'achievements', draft, 'submit');
        const published = await move(await world.as('staff'), 'achievements', submitted, 'publish');
        assert.equal(published.state, 'published');
        world.facts.achievement ??= published.id;
        pairs.push(`${world.facts.need}~${published.id}`);
      }
      [world.facts.pair, world.facts.refusedPair] = pairs;
      return [`《${achievement.title}》《${lesser.title}》已发布`];
    },
  },
  {
    title: '每周匹配',
    async run(world) {
      const staff = await world.as('staff');
      const { week } = await staff.post('/api/v1/matching-runs', {});
      world.facts.week = week;
      const docket = await until('the docket', async () => {
        const answer = await staff.request('GET', `/api/v1/dockets/${week}`);
        return answer.status === 200 ? answer.body : null;
      });
      const item = docket.items.find((one) => one.pairId === world.facts.pair);
      assert.ok(item, 'the pair is on the docket');
      const { match } = await staff.get(`/api/v1/pairs/${item.pairId}`);
      return [
        `${week} 的清单有 ${docket.items.length} 对；第 ${item.place} 对：${item.needTitle} × ${item.achievementTitle}`,
        match.assessment.explanation.statement,
      ];
    },
  },
  {
    title: '工作人员标记通过和不通过，关闭清单',
    async run(world) {
      const staff = await world.as('staff');
      const { week, pair, refusedPair } = world.facts;
      const docket = await staff.get(`/api/v1/dockets/${week}`);
      for (const [pairId, mark] of [
        [pair, { kind: 'accept' }],
        [refusedPair, { kind: 'reject', reason: 'indicators-unmet' }],
      ]) {
        const { markVersion } = docket.items.find((one) => one.pairId === pairId);
        await staff.post(`/api/v1/dockets/${week}/pairs/${pairId}/mark`, { markVersion, mark });
      }
      const enterprise = await world.as(parties.enterprise.login);
      await refused(enterprise, 'GET', `/api/v1/pairs/${pair}`, undefined, 403);
      assert.deepEqual((await enterprise.get('/api/v1/invitations')).items, []);
      const { version } = await staff.get(`/api/v1/dockets/${week}/close-preview`);
      const closed = await staff.post(`/api/v1/dockets/${week}/close`, { version });
      return [`通过 ${closed.accept}，不通过 ${closed.reject}；关闭之前企业看不到这一对`];
    },
  },
  {
    title: '双方收到邀请（邮件）',
    async run(world) {
      const lines = [];
      world.facts.tokens = {};
      for (const [side, party] of [
        ['need', parties.enterprise],
        ['achievement', parties.university],
      ]) {
        const client = await world.as(party.login);
        const line = await until('the invitation', async () => {
          const { items } = await client.get(`/api/v1/invitations?side=${side}`);
          return items[0];
        });
        world.facts.invitation = line.id;
        world.facts.tokens[side] = 'login';
        const invitation = await client.get(`/api/v1/invitations/${line.id}`);
        assert.equal(invitation.state, 'open');
        assert.doesNotMatch(JSON.stringify(invitation), secrets);
        assert.equal(invitation.other.organisation, side === 'need' ? parties.university.name : null);
        const mail = await until('the mail', async () => invitationMails(world, party.email)[0]);
        assert.doesNotMatch(mail, secrets);
        if (side === 'achievement') assert.ok(!mail.includes(parties.enterprise.name), 'the hidden name stays hidden');
        const token = tokenIn(mail);
        world.facts.tokens[side] = token;
        // A side is shown no version, which would tell of the other's answer: the bureau's view has it.
        const staff = await world.as('staff');
        const before = await staff.get(`/api/v1/invitations/${line.id}`);
        assert.ok(Number.isInteger(before.version), 'the bureau sees the version');
        for (let looks = 0; looks < 2; looks++) {
          const shown = await world.nobody().post('/api/v1/invitation-links/lookup', { token });
          assert.deepEqual(shown, invitation, 'the link shows what the side sees');
        }
        assert.deepEqual(await staff.get(`/api/v1/invitations/${line.id}`), before, 'looking changes nothing');
        lines.push(`${party.name}：请在 ${line.dueOn} 前答复；邮件里有链接，没有联系方式`);
      }
      return lines;
    },
  },
  {
    title: '企业用链接答复愿意',
    async run(world) {
      const { tokens, invitation } = world.facts;
      const path = '/api/v1/invitation-links/answer';
      const answer = { answer: 'willing' };
      const answered = await world.nobody().post(path, { token: tokens.need, answer });
      assert.equal(answered.state, 'open');
      const again = await refused(world.nobody(), 'POST', path, { token: tokens.need, answer }, 409);
      const foreign = await refused(world.nobody(), 'POST', path, { token: 'x'.repeat(43), answer }, 404);
      const university = await world.as(parties.university.login);
      const seen = await university.get(`/api/v1/invitations/${invitation}`);
      assert.equal(seen.answer, null);
      assert.equal((await (await world.as('staff')).get('/api/v1/invitations?state=agreed')).items.length, 0);
      return [`再用一次：409 ${again}`, `别人的链接：404 ${foreign}`];
    },
  },
  {
    title: '高校登录后答复愿意，双方进入接洽',
    async run(world) {
      const university = await world.as(parties.university.login);
      const { invitation } = world.facts;
      const agreed = await university.post(`/api/v1/invitations/${invitation}/answer`, {
        answer: { answer: 'willing', note: '可以先到现场看看' },
      });
      assert.equal(agreed.state, 'agreed');
      world.facts.partnership = agreed.partnershipId;
      const staff = await world.as('staff');
      await until('the partnership', async () => {
        const { status } = await staff.request('GET', `/api/v1/partnerships/${agreed.partnershipId}/contact-views`);
        return status === 200;
      });
      return [`合作项目 ${agreed.partnershipId}：接洽`];
    },
  },
  {
    title: '联系人只给这双方和科技局看，每次查看都有记录',
    async run(world) {
      const path = `/api/v1/partnerships/${world.facts.partnership}/contacts`;
      for (const login of [parties.enterprise.login, parties.university.login, 'staff']) {
        const { contacts } = await (await world.as(login)).get(path);
        assert.deepEqual(
          contacts.map(({ contact }) => contact.name),
          [needContact.name, achievementContact.name],
        );
      }
      const other = await refused(await world.as(parties.stranger.login), 'GET', path, undefined, 404);
      await refused(world.nobody(), 'GET', path, undefined, 401);
      const { items } = await (await world.as('staff')).get(
        `/api/v1/partnerships/${world.facts.partnership}/contact-views`,
      );
      assert.equal(items.length, 3);
      return [`查看记录 ${items.length} 条；无关机构：404 ${other}；没有登录：401`];
    },
  },
  {
    title: '对各方的答复：批准、发出，只发一次',
    async run(world) {
      const staff = await world.as('staff');
      const drafted = await until('the drafts', async () => {
        const { items } = await staff.get('/api/v1/answers?kind=reviewed');
        return items.length >= 2 ? items : null;
      });
      // The notice of a publication was its answer.
      assert.deepEqual((await staff.get('/api/v1/answers?kind=published')).items, []);
      const batch = (items) => ({ items: items.map(({ id, version }) => ({ id, version })) });
      const { outcomes } = await staff.post('/api/v1/answer-batches/approve', batch(drafted));
      assert.ok(outcomes.every(({ done }) => done));
      const sent = await staff.post('/api/v1/answer-batches/send', batch(outcomes));
      assert.ok(sent.outcomes.every(({ done }) => done));
      // From the newest version, so that nothing but its being sent already stands in the way.
      const again = await staff.post('/api/v1/answer-batches/send', batch(sent.outcomes));
      assert.ok(again.outcomes.every(({ done }) => !done));
      assert.match(again.outcomes[0].problem, /已发出/);
      const enterprise = await world.as(parties.enterprise.login);
      const { items } = await enterprise.get('/api/v1/answers');
      assert.equal(items.length, 1);
      return [`${sent.outcomes.length} 份已发出；再发：${again.outcomes[0].problem}`, `企业收到：${items[0].subject}`];
    },
  },
  {
    title: '合作：签约、履约、验收、结项',
    async run(world) {
      const path = '/api/v1/partnerships/{id}/actions/{action}';
      if (!(await has(world, path))) return ['尚无：合作各阶段的接口。合作项目停在“接洽”'];
      const staff = await world.as('staff');
      const own = `/api/v1/partnerships/${world.facts.partnership}`;
      const today = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
      const form = new FormData();
      form.set('collection', 'partnerships');
      form.set('id', world.facts.partnership);
      form.set('file', proof('验收报告.pdf'));
      const filed = await staff.upload('/api/v1/attachments', form);
      assert.equal(filed.status, 201, filed.text);
      const terms = { signedOn: today, from: today, until: `${year + 1}-12-31` };
      const stages = [
        ['sign', { contract: { type: 'development', amount: 100, technologyAmount: 80.5, ...terms } }],
        ['perform', { begunOn: today }],
        ['examine', { acceptance: { opinion: '达到合同指标，同意验收。', on: today, attachmentId: filed.body.id } }],
        ['finish', { outcome: { statement: '粒度合格率由60%提高到85%。', on: today } }],
      ];
      const { version: bare } = await staff.get(own);
      await refused(staff, 'POST', `${own}/actions/sign`, { version: bare }, 422);
      for (const [action, facts] of stages) {
        const { version } = await staff.get(own);
        await staff.post(`${own}/actions/${action}`, { version, ...facts });
      }
      const { state } = await staff.get(own);
      assert.equal(state, 'finished');
      return ['接洽 → 签约 → 履约 → 验收 → 结项'];
    },
  },
  {
    title: '审计：谁、何时、做了什么，首尾相连',
    async run(world) {
      const admin = await world.as('admin');
      const report = await until('the audit', async () => {
        const { items } = await admin.get('/api/v1/audit?limit=100');
        const actions = new Set(items.map(({ action }) => action));
        return ['partnership.begun', 'contact.viewed', 'answer.sent'].every((one) => actions.has(one)) && items;
      });
      const check = await admin.get('/api/v1/audit/check');
      assert.deepEqual(check.findings, [], JSON.stringify(check));
      for (const party of [parties.enterprise, parties.university]) {
        assert.equal(invitationMails(world, party.email).length, 1, `one invitation to ${party.name}`);
      }
      return [`最近 ${report.length} 条里有建立合作、查看联系人、发出答复；审计链完好；邀请邮件每方一封`];
    },
  },
];

/** Whether a step tells that something is not there yet. */
export const isMissing = (lines) => lines.some((line) => line.startsWith('尚无'));
